//! Charts as pictures. The file's ending says which kind: `.svg` or `.png`.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::diag::Result;
use crate::picture::{FONT, Format, Painted, cannot_draw, font};

use super::plot::Chart;

/// Of a chart without its legend.
const SIZE: (u32, u32) = (900, 540);
const TEXT: i32 = 16;
/// Of a line of the legend.
const ROW: i32 = 22;
/// Around the legend, and before a name in it.
const MARGIN: i32 = 16;
const INDENT: i32 = 20;
/// Beside a point.
const GAP: i32 = 9;

/// Each can be read on white and told from the others; further series have the same ones with another mark.
const COLORS: [RGBColor; 10] = [
    RGBColor(214, 39, 40),
    RGBColor(31, 119, 180),
    RGBColor(44, 140, 44),
    RGBColor(230, 120, 0),
    RGBColor(125, 70, 175),
    RGBColor(120, 75, 60),
    RGBColor(200, 60, 160),
    RGBColor(70, 70, 70),
    RGBColor(140, 140, 20),
    RGBColor(0, 150, 165),
];

fn color(index: usize) -> RGBAColor {
    COLORS[index % COLORS.len()].to_rgba()
}

/// Draws into the file.
pub fn draw(chart: &Chart, file: &Path) -> Result<()> {
    font();
    let legend = Legend::of(chart);
    let size = (SIZE.0 + legend.width as u32, SIZE.1.max(legend.height as u32));
    let done = match Format::of(file)? {
        Format::Svg => paint(&SVGBackend::new(file, size).into_drawing_area(), chart, &legend),
        Format::Png => paint(&BitMapBackend::new(file, size).into_drawing_area(), chart, &legend),
    };
    done.map_err(|error| cannot_draw(file, error))
}

fn paint<DB: DrawingBackend>(root: &DrawingArea<DB, Shift>, chart: &Chart, legend: &Legend) -> Painted
where
    DB::ErrorType: 'static,
{
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(SIZE.0);
    axes(&left, chart)?;
    if legend.width > 0 {
        legend.paint(&right, chart)?;
    }
    Ok(root.present()?)
}

/// From the least of these, or nothing, to the most of them, or nothing; with room behind it.
fn range(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (least, most) = values.fold((0f64, 0f64), |(least, most), value| (least.min(value), most.max(value)));
    let room = (most - least).max(f64::MIN_POSITIVE) * 0.08;
    let below = if least < 0.0 { least - room } else { 0.0 };
    let above = if most > 0.0 || least == 0.0 { most + room } else { 0.0 };
    below..above
}

fn axes<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, chart: &Chart) -> Painted
where
    DB::ErrorType: 'static,
{
    let all = || chart.series.iter().flat_map(|series| &series.points);
    let x = match chart.places.len() {
        0 => range(all().map(|point| point.0)),
        places => -0.5..places as f64 - 0.5,
    };
    let y = range(all().map(|point| point.1));
    let [x_unit, y_unit] = [&x, &y].map(|range| Prefix::of(range.start.abs().max(range.end.abs())));
    let mut context = ChartBuilder::on(area)
        .caption(&chart.title, (FONT, TEXT + 2))
        .margin(12)
        .x_label_area_size(48)
        .y_label_area_size(96)
        .build_cartesian_2d(x, y)?;
    let place = |x: &f64| match chart.places.is_empty() {
        true => x_unit.mark(*x),
        // A mark between two places has no name.
        false if (x - x.round()).abs() > 1e-6 || *x < -1e-6 => String::new(),
        false => chart.places.get(x.round() as usize).cloned().unwrap_or_default(),
    };
    let height = |y: &f64| y_unit.mark(*y);
    let mut mesh = context.configure_mesh();
    mesh.x_desc(&chart.x)
        .y_desc(&chart.y)
        .label_style((FONT, TEXT))
        .light_line_style(BLACK.mix(0.04))
        .x_label_formatter(&place)
        .y_label_formatter(&height);
    if !chart.places.is_empty() {
        mesh.x_labels(2 * chart.places.len() + 1).disable_x_mesh();
    }
    mesh.draw()?;
    if chart.lines {
        for (index, series) in chart.series.iter().enumerate().rev() {
            let line = LineSeries::new(series.points.iter().copied(), color(index).stroke_width(2));
            context.draw_series(line)?;
        }
    }
    for (index, series) in chart.series.iter().enumerate().rev() {
        let mut places = series.points.iter().map(|point| context.backend_coord(point));
        places.try_for_each(|at| dot(area, index, at))?;
    }
    for series in &chart.series {
        let mut notes = series.points.iter().zip(&series.notes);
        notes.try_for_each(|(point, note)| beside(area, context.backend_coord(point), note))?;
    }
    Ok(())
}

/// A point of a series.
fn dot<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, index: usize, at: (i32, i32)) -> Painted
where
    DB::ErrorType: 'static,
{
    let style = color(index).filled();
    match index / COLORS.len() % 3 {
        0 => area.draw(&Circle::new(at, 4, style))?,
        1 => area.draw(&TriangleMarker::new(at, 6, style))?,
        _ => area.draw(&Cross::new(at, 4, style.stroke_width(2)))?,
    }
    Ok(())
}

/// On the right of a point, or on its left where it would leave the picture.
fn beside<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, (x, y): (i32, i32), note: &str) -> Painted
where
    DB::ErrorType: 'static,
{
    let width = width(note, TEXT - 2);
    let fits = x + GAP + width < SIZE.0 as i32;
    let (at, side) = match fits || x < width {
        true => ((x + GAP, y), HPos::Left),
        false => ((x - GAP, y), HPos::Right),
    };
    let style = TextStyle::from((FONT, TEXT - 2).into_font()).pos(Pos::new(side, VPos::Bottom));
    Ok(area.draw(&Text::new(note.to_owned(), at, style))?)
}

/// What a text takes.
fn width(text: &str, size: i32) -> i32 {
    let exactly = (FONT, size).into_font().box_size(text);
    // A font without metrics is none of ours.
    exactly.map_or(0, |(width, _)| width as i32)
}

/// Names of the series, at the right of the chart.
struct Legend {
    width: i32,
    height: i32,
}

impl Legend {
    fn of(chart: &Chart) -> Legend {
        let names = || chart.series.iter().map(|series| &series.name);
        if names().all(|name| name.is_empty()) {
            return Legend { width: 0, height: 0 };
        }
        let keys = chart.keys.iter().map(|key| width(key, TEXT));
        let widest = names().map(|name| INDENT + width(name, TEXT)).chain(keys).max();
        Legend {
            width: widest.unwrap_or_default() + 2 * MARGIN,
            height: (chart.keys.len() + chart.series.len()) as i32 * ROW + 4 * MARGIN,
        }
    }

    fn paint<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, chart: &Chart) -> Painted
    where
        DB::ErrorType: 'static,
    {
        let font = (FONT, TEXT).into_font();
        let mut y = 3 * MARGIN;
        for key in &chart.keys {
            area.draw(&Text::new(key.clone(), (0, y), font.clone()))?;
            y += ROW;
        }
        for (index, series) in chart.series.iter().enumerate() {
            dot(area, index, (5, y + ROW / 2 - 3))?;
            area.draw(&Text::new(series.name.clone(), (INDENT, y), font.clone()))?;
            y += ROW;
        }
        Ok(())
    }
}

/// In what the marks of a scale are told. All digits of large numbers and of small ones would not find room beside it.
#[derive(Clone, Copy)]
struct Prefix {
    size: f64,
    name: &'static str,
}

impl Prefix {
    /// For a scale up to this.
    fn of(most: f64) -> Prefix {
        // From when on, and what it stands for.
        const ALL: [(f64, f64, &str); 9] = [
            (1e12, 1e12, "T"),
            (1e9, 1e9, "G"),
            (1e6, 1e6, "M"),
            (1e5, 1e3, "k"),
            (1e-2, 1.0, ""),
            (1e-3, 1e-3, "m"),
            (1e-6, 1e-6, "\u{b5}"),
            (1e-9, 1e-9, "n"),
            (1e-12, 1e-12, "p"),
        ];
        let found = ALL.into_iter().find(|(from, ..)| most >= *from);
        // Whatever is smaller is nothing.
        let (_, size, name) = found.unwrap_or((0.0, 1.0, ""));
        Prefix { size, name }
    }

    fn mark(&self, value: f64) -> String {
        let digits = format!("{:.4}", value / self.size);
        match digits.trim_end_matches('0').trim_end_matches('.') {
            "0" | "-0" => "0".into(),
            digits => format!("{digits}{}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plot::Series;
    use super::*;

    fn chart(series: usize) -> Chart {
        let one = |index: usize| Series {
            name: format!("none, {index}KiB, 13"),
            points: (0..3)
                .map(|place| (place as f64, (index * 10 + place) as f64 * 1e-9))
                .collect(),
            notes: Vec::new(),
        };
        Chart {
            title: "latency over cache.l2.size: hello".into(),
            x: "cache.l2.size".into(),
            y: "latency".into(),
            places: ["256KiB", "1MiB", "8MiB"].map(String::from).to_vec(),
            keys: ["cache.l1d.prefetcher", "cache.l1d.size", "cache.l2.latency"]
                .map(String::from)
                .to_vec(),
            series: (0..series).map(one).collect(),
            lines: true,
        }
    }

    #[test]
    fn pictures_are_the_same_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let chart = chart(2);
        for ending in ["svg", "png"] {
            let file = |name: &str| directory.path().join(format!("{name}.{ending}"));
            draw(&chart, &file("a")).unwrap();
            draw(&chart, &file("b")).unwrap();
            let (a, b) = (std::fs::read(file("a")).unwrap(), std::fs::read(file("b")).unwrap());
            assert!(a.len() > 1000 && a == b, "{ending}");
        }
        let svg = std::fs::read_to_string(directory.path().join("a.svg")).unwrap();
        assert!(svg.contains("256KiB") && svg.contains("none, 1KiB, 13"), "{svg}");
        assert_eq!(svg.matches("cache.l1d.prefetcher").count(), 1, "keys stand there once");
        assert!(draw(&chart, &directory.path().join("a.pdf")).is_err());
    }

    #[test]
    fn the_legend_stands_beside_the_chart_however_long_it_is() {
        assert_eq!(
            Legend::of(&Chart {
                series: vec![Series::default()],
                ..chart(1)
            })
            .width,
            0
        );
        let (few, many) = (Legend::of(&chart(2)), Legend::of(&chart(64)));
        assert!(few.width > 100 && many.width > few.width - 20);
        assert!(few.height < SIZE.1 as i32 && many.height > 64 * ROW);
    }

    #[test]
    fn marks_find_room() {
        for (most, value, text) in [
            (0.5, 0.25, "0.25"),
            (2000.0, 1500.0, "1500"),
            (300_000.0, 250_000.0, "250k"),
            (1e12, 1e12, "1T"),
            (2e9, 1.25e9, "1.25G"),
            (2e9, 5e8, "0.5G"),
            (8e-9, 2e-9, "2n"),
            (0.002, 0.0005, "0.5m"),
            (8e-9, 0.0, "0"),
            (4000.0, -2000.0, "-2000"),
        ] {
            assert_eq!(Prefix::of(most).mark(value), text);
        }
    }

    #[test]
    fn a_range_has_all_values_and_nothing() {
        let of = |values: &[f64]| range(values.iter().copied());
        assert_eq!(of(&[100.0, 50.0]), 0.0..108.0);
        assert_eq!(of(&[-100.0, -50.0]), -108.0..0.0);
        assert_eq!(of(&[-100.0, 100.0]), -116.0..116.0);
        assert!(of(&[0.0]).end > 0.0);
    }
}
