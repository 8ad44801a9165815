//! All code of a file, one compilation unit after the other: where the statements of its lines begin, its functions, and the bodies
//! that these have.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use addr2line::gimli::{self, AttributeValue, IncompleteLineProgram, UnitOffset, UnitRef};
use object::{Object, ObjectSection, SectionFlags};

use super::object::{Layout, Reader, Unreadable, below, open, with_dwarf};

type Entry<'a> = gimli::DebuggingInformationEntry<Reader<'a>>;

/// From this address on instructions are of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub address: u64,
    /// Its number in the unit.
    pub file: usize,
    pub line: u32,
    /// A statement begins here. Where none does, the compiler has moved a part of one.
    pub statement: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    /// The linker's.
    pub name: String,
    pub file: usize,
    pub line: u32,
}

/// The code of a function: its own, or what became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub function: usize,
    /// What it was inlined into.
    pub inside: Option<usize>,
    /// Its first instruction.
    pub entry: u64,
}

/// What was compiled at once.
#[derive(Debug, Default)]
pub struct Unit {
    /// Where the compiler ran.
    pub directory: PathBuf,
    /// By their numbers; those below that directory without it.
    pub files: Vec<String>,
    /// Of the files that are wanted.
    pub rows: Vec<Row>,
    pub functions: Vec<Function>,
    pub bodies: Vec<Body>,
    spans: Spans,
}

impl Unit {
    /// One that nobody compiled. Of the spans, each is a body's or that of one inside of it.
    #[cfg(test)]
    pub fn of(
        files: Vec<String>,
        rows: Vec<Row>,
        functions: Vec<Function>,
        bodies: Vec<Body>,
        spans: &[(Range<u64>, usize)],
    ) -> Unit {
        let mut unit = Unit {
            directory: PathBuf::new(),
            files,
            rows,
            functions,
            bodies,
            spans: Spans::default(),
        };
        for (range, body) in spans {
            unit.spans.cover(range.clone(), *body);
        }
        unit
    }

    /// The innermost body at an address.
    pub fn body_at(&self, address: u64) -> Option<usize> {
        self.spans.at(address)
    }
}

/// Reads all units with code of files that are wanted by their names.
pub fn read(path: &Path, wanted: impl Fn(&str) -> bool, mut visit: impl FnMut(&Unit)) -> Result<(), Unreadable> {
    open(path, |object| {
        let layout = Layout::of(object);
        let code = Code::of(object, &layout);
        let read = with_dwarf(object, &layout, |dwarf| {
            let mut headers = dwarf.units();
            while let Some(header) = headers.next()? {
                let unit = dwarf.unit(header)?;
                if let Some(unit) = unit_of(unit.unit_ref(&dwarf), &code, &wanted)? {
                    visit(&unit);
                }
            }
            Ok(())
        });
        read.map_err(|error| Unreadable::new(path, error))
    })
}

fn unit_of(unit: UnitRef<Reader>, code: &Code, wanted: impl Fn(&str) -> bool) -> gimli::Result<Option<Unit>> {
    let Some(program) = unit.line_program.clone() else {
        return Ok(None);
    };
    let directory = unit.comp_dir.map(|name| name.to_string_lossy().into_owned());
    let files = files(unit, program.header(), directory.as_deref())?;
    let wanted: Vec<bool> = files.iter().map(|file| wanted(file)).collect();
    if !wanted.contains(&true) {
        return Ok(None);
    }
    let mut found = Unit {
        rows: rows(program, code, &wanted)?,
        files,
        directory: directory.unwrap_or_default().into(),
        ..Unit::default()
    };
    if found.rows.is_empty() {
        return Ok(None);
    }
    add_functions(unit, code, &mut found)?;
    Ok(Some(found))
}

fn files<'a>(
    unit: UnitRef<Reader<'a>>,
    header: &gimli::LineProgramHeader<Reader<'a>>,
    directory: Option<&str>,
) -> gimli::Result<Vec<String>> {
    let text = |value| -> gimli::Result<String> { Ok(unit.attr_string(value)?.to_string_lossy().into_owned()) };
    // Before version 5, numbers begin with 1.
    let first = usize::from(header.version() < 5);
    let mut files = vec![String::new(); first];
    while let Some(file) = header.file(files.len() as u64) {
        let mut path = PathBuf::from(directory.unwrap_or_default());
        if let Some(directory) = file.directory(header).filter(|_| file.directory_index() > 0) {
            path.push(text(directory)?);
        }
        path.push(text(file.path_name())?);
        files.push(below(&path.to_string_lossy(), directory));
    }
    Ok(files)
}

fn rows(program: IncompleteLineProgram<Reader>, code: &Code, wanted: &[bool]) -> gimli::Result<Vec<Row>> {
    let (mut all, mut sequence) = (Vec::new(), Vec::<Row>::new());
    let mut rows = program.rows();
    while let Some((_, row)) = rows.next_row()? {
        if row.end_sequence() {
            // Behind the last instruction nothing begins.
            let end = row.address();
            let inside = |row: &Row| row.address < end && code.has(row.address);
            all.extend(sequence.drain(..).filter(inside));
            continue;
        }
        let file = row.file_index() as usize;
        let line = row.line().and_then(|line| u32::try_from(line.get()).ok());
        if let (Some(line), Some(true)) = (line, wanted.get(file)) {
            sequence.push(Row {
                address: row.address(),
                file,
                line,
                statement: row.is_stmt(),
            });
        }
    }
    Ok(all)
}

fn add_functions(unit: UnitRef<Reader>, code: &Code, found: &mut Unit) -> gimli::Result<()> {
    let mut known = Known::default();
    // The bodies around, each with how deep it stands.
    let mut around: Vec<(isize, usize)> = Vec::new();
    let mut entries = unit.entries_raw(None)?;
    while !entries.is_empty() {
        let (depth, offset) = (entries.next_depth(), entries.next_offset());
        let Some(abbreviation) = entries.read_abbreviation()? else {
            continue;
        };
        entries.skip_attributes(abbreviation.attributes())?;
        let tag = abbreviation.tag();
        if tag != gimli::DW_TAG_subprogram && tag != gimli::DW_TAG_inlined_subroutine {
            continue;
        }
        let entry = unit.entry(offset)?;
        let ranges = ranges(unit, &entry, code)?;
        let Some(first) = ranges.first() else { continue };
        let Some(function) = known.function(unit, &entry, found)? else {
            continue;
        };
        while around.last().is_some_and(|(above, _)| *above >= depth) {
            around.pop();
        }
        let number = found.bodies.len();
        found.bodies.push(Body {
            function,
            inside: around.last().map(|(_, body)| *body),
            entry: match entry.attr_value(gimli::DW_AT_entry_pc) {
                Some(AttributeValue::Addr(address)) => address,
                Some(AttributeValue::Udata(offset)) => first.start + offset,
                _ => first.start,
            },
        });
        for range in ranges {
            found.spans.cover(range, number);
        }
        around.push((depth, number));
    }
    Ok(())
}

fn ranges<'a>(unit: UnitRef<Reader<'a>>, entry: &Entry<'a>, code: &Code) -> gimli::Result<Vec<Range<u64>>> {
    let (mut ranges, mut all) = (Vec::new(), unit.die_ranges(entry)?);
    while let Some(range) = all.next()? {
        if range.begin < range.end && code.has(range.begin) {
            ranges.push(range.begin..range.end);
        }
    }
    Ok(ranges)
}

/// The functions of a unit that have a number.
#[derive(Default)]
struct Known {
    numbers: HashMap<Function, usize>,
    /// By the entry that describes the function, or by a body's own; none for what has no name in a source.
    origins: HashMap<UnitOffset, Option<usize>>,
}

impl Known {
    /// The number of a body's function, which may be new.
    fn function(&mut self, unit: UnitRef<Reader>, entry: &Entry, found: &mut Unit) -> gimli::Result<Option<usize>> {
        let origin = reference(entry, gimli::DW_AT_abstract_origin).unwrap_or(entry.offset());
        if let Some(known) = self.origins.get(&origin) {
            return Ok(*known);
        }
        let described = described(unit, entry.offset())?.filter(|function| function.file < found.files.len());
        let number = described.map(|function| {
            let number = self.numbers.entry(function).or_insert_with_key(|function| {
                found.functions.push(function.clone());
                found.functions.len() - 1
            });
            *number
        });
        self.origins.insert(origin, number);
        Ok(number)
    }
}

/// What an entry says of its function, and the entries that it refers to. None for what has no name in a source.
fn described(unit: UnitRef<Reader>, offset: UnitOffset) -> gimli::Result<Option<Function>> {
    /// A body, its function, and that one's declaration in a class.
    const STEPS: usize = 3;
    let (mut linked, mut name, mut file, mut line) = (None, None, None, None);
    let mut next = Some(offset);
    for _ in 0..STEPS {
        let Some(offset) = next else { break };
        let entry = unit.entry(offset)?;
        linked = linked.or(entry.attr_value(gimli::DW_AT_linkage_name));
        name = name.or(entry.attr_value(gimli::DW_AT_name));
        file = file.or(entry.attr_value(gimli::DW_AT_decl_file));
        line = line.or(entry.attr_value(gimli::DW_AT_decl_line));
        next = reference(&entry, gimli::DW_AT_abstract_origin).or(reference(&entry, gimli::DW_AT_specification));
    }
    let number = |value: Option<AttributeValue<Reader>>| match value? {
        AttributeValue::FileIndex(number) => Some(number),
        other => other.udata_value(),
    };
    let (Some(name), Some(file), Some(line)) = (linked.or(name), number(file), number(line)) else {
        return Ok(None);
    };
    Ok(Some(Function {
        name: unit.attr_string(name)?.to_string_lossy().into_owned(),
        file: file as usize,
        line: line as u32,
    }))
}

fn reference(entry: &Entry, name: gimli::DwAt) -> Option<UnitOffset> {
    match entry.attr_value(name) {
        Some(AttributeValue::UnitRef(offset)) => Some(offset),
        _ => None,
    }
}

/// Where a file has instructions that are executed where they lie. DWARF also speaks of what the linker has removed.
struct Code(Vec<Range<u64>>);

impl Code {
    fn of(object: &object::File, layout: &Layout) -> Code {
        // The kernel copies these over others, as its processor needs them.
        const COPIED: &str = ".altinstr_replacement";
        let executable = |section: &object::Section| match section.flags() {
            SectionFlags::Elf { sh_flags, .. } => sh_flags.0 & object::elf::SHF_EXECINSTR.0 != 0,
            _ => false,
        };
        let range = |section: object::Section| {
            let begin = layout.base(Some(section.index())) + section.address();
            begin..begin + section.size()
        };
        let sections = object.sections().filter(executable);
        let mut ranges: Vec<_> = sections
            .filter(|section| section.name() != Ok(COPIED))
            .map(range)
            .collect();
        ranges.sort_by_key(|range| range.start);
        Code(ranges)
    }

    fn has(&self, address: u64) -> bool {
        let after = self.0.partition_point(|range| range.start <= address);
        after > 0 && self.0[after - 1].contains(&address)
    }
}

/// Which body has an address: the last one that covered it.
#[derive(Debug, Default)]
struct Spans(BTreeMap<u64, (u64, usize)>);

impl Spans {
    fn cover(&mut self, range: Range<u64>, body: usize) {
        let begins_before = self.0.range(..range.end).next_back();
        let mut cut = Vec::new();
        let mut next = begins_before.map(|(begin, span)| (*begin, *span));
        while let Some((begin, (end, owner))) = next.filter(|(_, (end, _))| *end > range.start) {
            cut.push((begin, end, owner));
            next = self.0.range(..begin).next_back().map(|(begin, span)| (*begin, *span));
        }
        for (begin, end, owner) in cut {
            self.0.remove(&begin);
            if begin < range.start {
                self.0.insert(begin, (range.start, owner));
            }
            if end > range.end {
                self.0.insert(range.end, (end, owner));
            }
        }
        self.0.insert(range.start, (range.end, body));
    }

    fn at(&self, address: u64) -> Option<usize> {
        let (_, (end, body)) = self.0.range(..=address).next_back()?;
        (address < *end).then_some(*body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inlined_covers_what_it_is_in() {
        let mut spans = Spans::default();
        for (range, body) in [
            (10..50, 0),
            (60..70, 1),
            (20..30, 2),
            (25..30, 3),
            (45..50, 4),
            (10..12, 5),
        ] {
            spans.cover(range, body);
        }
        let at = [9, 10, 12, 20, 25, 29, 30, 44, 45, 49, 50, 60, 69, 70].map(|address| spans.at(address));
        let bodies = [5, 0, 2, 3, 3, 0, 0, 4, 4].map(Some);
        assert_eq!(at[1..10], bodies);
        assert_eq!(
            [at[0], at[10], at[11], at[12], at[13]],
            [None, None, Some(1), Some(1), None]
        );
    }
}
