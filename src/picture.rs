//! Files with pictures, SVG or PNG, and what can be painted on them beside charts.

use std::path::Path;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::diag::{Error, Result};

pub const FONT: &str = "sans-serif";

/// What kind of picture a file's name asks for.
pub enum Format {
    Svg,
    Png,
}

impl Format {
    pub fn of(file: &Path) -> Result<Format> {
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("svg") => Ok(Format::Svg),
            Some("png") => Ok(Format::Png),
            _ => Err(
                Error::usage("lkmc::picture", format!("{} is no name of a picture", file.display()))
                    .help("it has to end in .svg or .png"),
            ),
        }
    }
}

pub fn cannot_draw(file: &Path, error: Box<dyn std::error::Error>) -> Error {
    Error::infrastructure("lkmc::bench::plot", format!("cannot draw {}: {error}", file.display()))
}

/// What drawing comes to.
pub type Painted = std::result::Result<(), Box<dyn std::error::Error>>;

/// A picture of rectangles and words, for what is no chart.
pub trait Canvas {
    /// From one corner to the other.
    fn fill(&mut self, from: (i32, i32), to: (i32, i32), color: RGBColor) -> Painted;
    fn text(&mut self, at: (i32, i32), size: i32, color: RGBColor, words: &str) -> Painted;
}

impl<DB: DrawingBackend> Canvas for DrawingArea<DB, Shift>
where
    DB::ErrorType: 'static,
{
    fn fill(&mut self, from: (i32, i32), to: (i32, i32), color: RGBColor) -> Painted {
        Ok(self.draw(&Rectangle::new([from, to], color.filled()))?)
    }

    fn text(&mut self, at: (i32, i32), size: i32, color: RGBColor, words: &str) -> Painted {
        Ok(self.draw(&Text::new(words.to_owned(), at, (FONT, size).into_font().color(&color)))?)
    }
}

/// A white picture of this size in the file, and what `body` paints on it.
pub fn picture(file: &Path, size: (u32, u32), body: impl FnOnce(&mut dyn Canvas) -> Painted) -> Result<()> {
    font();
    let done = match Format::of(file)? {
        Format::Svg => on(SVGBackend::new(file, size).into_drawing_area(), body),
        Format::Png => on(BitMapBackend::new(file, size).into_drawing_area(), body),
    };
    done.map_err(|error| cannot_draw(file, error))
}

fn on<DB: DrawingBackend>(mut root: DrawingArea<DB, Shift>, body: impl FnOnce(&mut dyn Canvas) -> Painted) -> Painted
where
    DB::ErrorType: 'static,
{
    root.fill(&WHITE)?;
    body(&mut root)?;
    Ok(root.present()?)
}

/// Letters come with us: a picture is the same on every machine.
pub fn font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails for a font that cannot be read, and this one can.
        let _ = register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
    });
}
