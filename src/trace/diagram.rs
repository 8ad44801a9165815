//! The pipeline for eyes: a lane of letters, a picture, slices for Perfetto.

use std::collections::BTreeMap;
use std::path::Path;

use plotters::prelude::*;
use serde_json::json;

use crate::diag::Result;
use crate::picture::{self, Canvas, Painted};

use super::gem5::passage::{MOST, Model, Passage};
use super::perfetto::{Timeline, Track};

/// A wait of more cycles than this is written as a number.
const PATIENCE: u64 = 9;

/// One instruction of a picture.
pub struct Lane {
    pub passage: Passage,
    /// Where it is in the program.
    pub place: String,
}

/// One letter for each stage where it was reached, and a dot for each cycle between two of them: `fd.npic....r`. A long wait is its
/// length: `fdnpi(124)cr`. What was squashed ends with an `x`, a store with the cycle in which it was written, `s`.
pub fn letters(passage: &Passage, period: u64) -> String {
    let mut text = String::new();
    let mut last: Option<u64> = None;
    let reached = passage.reached().into_iter().map(|(tick, (_, letter))| (tick, letter));
    // A store is written when it has retired; one that was squashed never.
    let mut points: Vec<(u64, char)> = reached.chain(passage.store.map(|tick| (tick, 's'))).collect();
    points.sort_by_key(|(tick, _)| *tick);
    for (tick, letter) in points {
        let waited = last.map_or(0, |last| (tick - last) / period.max(1)).saturating_sub(1);
        match waited {
            0 => {}
            short @ ..=PATIENCE => text.extend(std::iter::repeat_n('.', short as usize)),
            long => text += &format!("({long})"),
        }
        text.push(letter);
        last = Some(tick);
    }
    if passage.squashed() {
        text.push('x');
    }
    text
}

/// What the letters mean.
pub fn legend(model: Model) -> String {
    let stages: Vec<String> = model
        .stages()
        .iter()
        .map(|(name, letter)| format!("{letter} {name}"))
        .collect();
    let written = if model == Model::O3 { ", s written" } else { "" };
    format!("{}{written}, x squashed", stages.join(", "))
}

const ROW: i32 = 18;
const LEFT: i32 = 470;
const WIDTH: i32 = 1100;
const TOP: i32 = 64;
/// Room for what is said of a store behind the last stage.
const RIGHT: i32 = 130;
const COLORS: [RGBColor; MOST] = [
    RGBColor(120, 144, 156),
    RGBColor(66, 133, 244),
    RGBColor(0, 172, 193),
    RGBColor(67, 160, 71),
    RGBColor(251, 140, 0),
    RGBColor(142, 36, 170),
    RGBColor(60, 60, 60),
];
const PALE: RGBColor = RGBColor(205, 205, 205);

/// Draws lanes below one another, cycles from left to right.
pub fn draw(lanes: &[Lane], period: u64, title: &str, file: &Path) -> Result<()> {
    let begin = lanes.iter().map(|lane| lane.passage.fetched()).min().unwrap_or(0);
    let last = |lane: &Lane| lane.passage.ticks.iter().flatten().max().copied();
    let end = lanes.iter().filter_map(last).max().unwrap_or(0) + period;
    let scale = Scale {
        begin,
        span: (end - begin).max(1),
    };
    let height = TOP + ROW * lanes.len() as i32 + 12;
    let size = ((LEFT + WIDTH + RIGHT) as u32, height as u32);
    picture::picture(file, size, |canvas| {
        canvas.text((8, 6), 15, BLACK, title)?;
        let model = lanes.first().map_or_else(Model::default, |lane| lane.passage.model);
        key(canvas, model)?;
        ruler(canvas, &scale, period, height)?;
        lanes
            .iter()
            .enumerate()
            .try_for_each(|(row, lane)| paint(canvas, &scale, row, lane, period))
    })
}

/// From ticks to columns of the picture.
struct Scale {
    begin: u64,
    span: u64,
}

impl Scale {
    fn x(&self, tick: u64) -> i32 {
        let share = tick.saturating_sub(self.begin) as f64 / self.span as f64;
        LEFT + (share * f64::from(WIDTH)) as i32
    }
}

fn key(canvas: &mut dyn Canvas, model: Model) -> Painted {
    let mut x = 8;
    for ((name, _), color) in model.stages().iter().zip(COLORS) {
        canvas.fill((x, 30), (x + 10, 40), color)?;
        canvas.text((x + 14, 28), 12, BLACK, name)?;
        x += 24 + 7 * name.len() as i32;
    }
    canvas.fill((x, 30), (x + 10, 40), PALE)?;
    canvas.text((x + 14, 28), 12, BLACK, "squashed")?;
    match model {
        Model::O3 => {
            canvas.fill((x + 84, 30), (x + 86, 40), RED)?;
            canvas.text((x + 90, 28), 12, BLACK, "written")
        }
        Model::Minor => Ok(()),
    }
}

/// Lines at round numbers of cycles.
fn ruler(canvas: &mut dyn Canvas, scale: &Scale, period: u64, height: i32) -> Painted {
    let cycles = scale.span / period.max(1);
    let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
        .into_iter()
        .find(|step| cycles / step <= 16)
        .unwrap_or(cycles / 16 + 1);
    for cycle in (0..=cycles).step_by(step as usize) {
        let x = scale.x(scale.begin + cycle * period);
        canvas.fill((x, TOP - 6), (x + 1, height - 8), RGBColor(232, 232, 232))?;
        canvas.text((x + 3, TOP - 18), 12, BLACK, &cycle.to_string())?;
    }
    Ok(())
}

fn paint(canvas: &mut dyn Canvas, scale: &Scale, row: usize, lane: &Lane, period: u64) -> Painted {
    let (y, passage) = (TOP + ROW * row as i32, &lane.passage);
    let color = if passage.squashed() {
        RGBColor(150, 150, 150)
    } else {
        BLACK
    };
    let shortened = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    canvas.text((8, y + 1), 12, color, &shortened(&lane.place, 32))?;
    canvas.text((230, y + 1), 12, color, &shortened(&passage.text, 36))?;
    let mut reached: Vec<(u64, RGBColor)> = passage
        .ticks
        .iter()
        .zip(COLORS)
        .filter_map(|(tick, color)| Some(((*tick)?, color)))
        .collect();
    reached.sort_by_key(|(tick, _)| *tick);
    let last = reached.last().map_or(0, |(tick, _)| *tick) + period;
    for (index, (tick, color)) in reached.iter().enumerate() {
        let until = reached.get(index + 1).map_or(last, |(tick, _)| *tick);
        let color = if passage.squashed() { PALE } else { *color };
        let (from, to) = (scale.x(*tick), scale.x(until));
        canvas.fill((from, y + 2), (to.max(from + 1), y + ROW - 4), color)?;
    }
    if let Some(store) = passage.store {
        // Memory may take much longer than the pipeline.
        match scale.x(store) {
            x if x <= LEFT + WIDTH => canvas.fill((x, y + 2), (x + 2, y + ROW - 4), RED)?,
            _ => {
                let cycles = (store - passage.fetched()) / period.max(1);
                canvas.text((scale.x(last) + 4, y + 1), 12, RED, &format!("written after {cycles}"))?;
            }
        }
    }
    Ok(())
}

/// Slices for Perfetto: for each processor a group of as many tracks as there are instructions at a time, each instruction with its
/// stages inside.
#[derive(Default)]
pub struct Slots {
    /// When each track of a group is free again.
    free: BTreeMap<u32, Vec<u64>>,
}

impl Slots {
    /// Of the first processor.
    const GROUP: u32 = 2;

    /// The processor is None where there is one, or where nobody says which one it is.
    pub fn add(
        &mut self,
        timeline: &mut Timeline,
        lane: &Lane,
        processor: Option<u32>,
        period: u64,
    ) -> std::io::Result<()> {
        let passage = &lane.passage;
        let (from, to) = (
            passage.fetched(),
            passage.ticks.iter().flatten().max().copied().unwrap_or(0) + period,
        );
        let group = Slots::GROUP + processor.unwrap_or(0);
        let track = |slot: usize| Track {
            group,
            number: slot as u32 + 1,
        };
        let tracks = self.free.entry(group).or_default();
        let slot = match tracks.iter().position(|free| *free <= from) {
            Some(slot) => slot,
            None => {
                if tracks.is_empty() {
                    let of = processor.map(|number| format!(" of cpu {number}")).unwrap_or_default();
                    timeline.name_group(group, &format!("pipeline{of}"))?;
                }
                tracks.push(0);
                let slot = tracks.len() - 1;
                timeline.name_track(track(slot), &format!("slot {slot}"))?;
                slot
            }
        };
        tracks[slot] = to;
        let outcome = if passage.squashed() { "squashed" } else { "retired" };
        let details = json!({
            "place": lane.place, "address": format!("{:#x}", passage.address), "sequence": passage.sequence, "outcome": outcome,
            "written": passage.store,
        });
        timeline.slice(track(slot), (from, to), &passage.text, outcome, details)?;
        let reached = passage.reached();
        for (index, (tick, (name, _))) in reached.iter().enumerate() {
            let until = reached.get(index + 1).map_or(to, |(tick, _)| *tick);
            if until > *tick {
                timeline.slice(track(slot), (*tick, until), name, "stage", json!({}))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(cycles: [Option<u64>; 7]) -> Passage {
        Passage {
            text: "ldr x0, [x1]".into(),
            ticks: cycles.map(|cycle| cycle.map(|cycle| cycle * 500)),
            ..Passage::default()
        }
    }

    fn lanes() -> Vec<Lane> {
        let all = [
            passage([Some(2), Some(3), Some(5), Some(6), Some(6), Some(131), Some(132)]),
            passage([Some(2), Some(3), None, None, None, None, None]),
            passage([
                Some(133),
                Some(134),
                Some(135),
                Some(136),
                Some(137),
                Some(138),
                Some(139),
            ]),
        ];
        let place = |(index, passage)| Lane {
            passage,
            place: format!("work+{index}"),
        };
        all.into_iter().enumerate().map(place).collect()
    }

    #[test]
    fn waits_are_dots_or_numbers() {
        let lanes = lanes();
        assert_eq!(letters(&lanes[0].passage, 500), "fd.npi(124)cr");
        assert_eq!(letters(&lanes[1].passage, 500), "fdx");
        let mut store = lanes[2].passage.clone();
        store.store = Some(142 * 500);
        assert_eq!(letters(&store, 500), "fdnpicr..s");
    }

    #[test]
    fn pictures_show_each_instruction_and_are_the_same_each_time() {
        let directory = tempfile::tempdir().unwrap();
        for ending in ["svg", "png"] {
            let file = |name: &str| directory.path().join(format!("{name}.{ending}"));
            draw(&lanes(), 500, "title", &file("a")).unwrap();
            draw(&lanes(), 500, "title", &file("b")).unwrap();
            let (a, b) = (std::fs::read(file("a")).unwrap(), std::fs::read(file("b")).unwrap());
            assert!(a.len() > 1000 && a == b, "{ending}");
        }
        let svg = std::fs::read_to_string(directory.path().join("a.svg")).unwrap();
        assert!(svg.contains("work+2") && svg.contains("ldr x0, [x1]"), "{svg}");
        let refused = draw(&lanes(), 500, "title", &directory.path().join("a.pdf")).unwrap_err();
        assert_eq!(refused.code(), "lkmc::picture");
    }

    #[test]
    fn slices_of_one_track_do_not_overlap() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.json");
        super::super::perfetto::write(&file, |timeline| {
            let mut slots = Slots::default();
            lanes()
                .iter()
                .try_for_each(|lane| slots.add(timeline, lane, None, 500))
                .unwrap();
            Ok(())
        })
        .unwrap();
        let value: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let whole: Vec<(u64, f64, f64)> = value["traceEvents"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["ph"] == "X" && event["cat"] != "stage")
            .map(|event| {
                let number = |name: &str| event[name].as_f64().unwrap();
                (
                    event["tid"].as_u64().unwrap(),
                    number("ts"),
                    number("ts") + number("dur"),
                )
            })
            .collect();
        // The third instruction is fetched when the first has retired.
        assert_eq!(whole.iter().map(|(track, ..)| *track).collect::<Vec<_>>(), [1, 2, 1]);
        assert!(whole[0].2 <= whole[2].1, "{whole:?}");
    }
}
