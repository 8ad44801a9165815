//! From addresses to functions: the kernel's vmlinux and one program.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use object::{Architecture, Object, ObjectSegment, ObjectSymbol, SymbolKind};

use crate::decode::object::{self as file, Layout, Unreadable};
use crate::diag::{Error, Result};
use crate::mangling;

use super::qemu::images::{Home, Images};

/// Stands for a function's name.
pub type Function = u32;

/// The functions of one file, by address.
struct Table {
    /// Address, size (zero if the file does not say) and name.
    functions: Vec<(u64, u64, Function)>,
    /// Where the file's memory begins and ends.
    lowest: u64,
    highest: u64,
}

/// Names, and what lies where.
#[derive(Default)]
pub struct Symbols {
    names: Vec<String>,
    numbers: HashMap<String, Function>,
    kernel: Option<Table>,
    program: Option<Table>,
    images: Vec<Table>,
}

/// Where an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub function: Function,
    pub offset: u64,
    /// Not what a program executes.
    pub kernel: bool,
    /// In a file that may lie anywhere.
    pub linked: Option<Home>,
}

/// What the kernel loads besides itself lies at most so far below its memory on 32-bit Arm, of which the image is not the first byte.
const MODULES: u64 = 16 << 20;

impl Symbols {
    pub fn read(vmlinux: Option<&Path>, program: Option<&Path>) -> Result<Symbols> {
        let mut symbols = Symbols::default();
        symbols.kernel = vmlinux.map(|path| symbols.table(path)).transpose()?;
        symbols.program = program.map(|path| symbols.table(path)).transpose()?;
        Ok(symbols)
    }

    /// Those of files that may lie anywhere too.
    pub fn add(&mut self, images: &Images) -> Result<()> {
        for path in images.files() {
            let table = self.table(path)?;
            self.images.push(table);
        }
        Ok(())
    }

    /// Whether vmlinux has a function there.
    pub fn is_in_vmlinux(&self, address: u64) -> bool {
        self.kernel.as_ref().is_some_and(|table| table.at(address).is_some())
    }

    /// The function at an address of which is known where it is in which file.
    pub fn find_at(&mut self, address: u64, home: Home) -> Place {
        let found = self
            .images
            .get(usize::from(home.image))
            .and_then(|table| table.at(home.address));
        match found {
            Some((start, function)) => Place {
                function,
                offset: home.address - start,
                kernel: self.is_kernel(address),
                linked: Some(home),
            },
            None => Place {
                linked: Some(home),
                ..self.find(address, None)
            },
        }
    }

    fn table(&mut self, path: &Path) -> Result<Table> {
        let unreadable = |error: Unreadable| {
            Error::usage("lkmc::trace::symbols", error.to_string())
                .help("it has to be the ELF file that ran, with its symbols")
        };
        file::open(path, |object| Ok::<_, Unreadable>(self.functions(object))).map_err(unreadable)
    }

    fn functions(&mut self, object: &object::File) -> Table {
        // The lowest bit of a Thumb function's address is no part of it.
        let mask = match object.architecture() {
            Architecture::Arm => !1,
            _ => !0,
        };
        let code: HashSet<_> = object
            .sections()
            .filter(|section| object::ObjectSection::kind(section) == object::SectionKind::Text)
            .map(|section| object::ObjectSection::index(&section))
            .collect();
        let layout = Layout::of(object);
        let mut functions: Vec<(u64, u64, Function)> = Vec::new();
        for symbol in object.symbols() {
            let name = symbol.name().unwrap_or_default();
            // Assembly's labels have no type; those that linkers and assemblers make up are no names.
            let section = symbol.section_index();
            let wanted = match symbol.kind() {
                // Variables are for caches. What is in no section is a number, not a place.
                SymbolKind::Text | SymbolKind::Data => section.is_some(),
                SymbolKind::Label | SymbolKind::Unknown => section.is_some_and(|index| code.contains(&index)),
                _ => false,
            };
            if wanted && !name.is_empty() && !name.starts_with(['$', '.']) {
                let address = layout.base(section) + (symbol.address() & mask);
                functions.push((address, symbol.size(), self.number(&mangling::readable(name))));
            }
        }
        // Of several names for an address the one with a size is the function's.
        functions.sort_by_key(|(address, size, _)| (*address, std::cmp::Reverse(*size)));
        functions.dedup_by_key(|(address, ..)| *address);
        let loaded = || object.segments().filter(|segment| segment.address() > 0);
        Table {
            functions,
            lowest: loaded().map(|segment| segment.address()).min().unwrap_or(u64::MAX),
            // What 32-bit Arm's kernel copies to the vectors has segments far above the image.
            highest: object.symbol_by_name("_end").map_or_else(
                || {
                    let ends = loaded().map(|segment| segment.address() + segment.size());
                    ends.max().unwrap_or(0)
                },
                |end| end.address(),
            ),
        }
    }

    /// The number of a name, which may be new.
    pub fn number(&mut self, name: &str) -> Function {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as Function;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    pub fn name(&self, function: Function) -> &str {
        self.names.get(function as usize).map_or("?", String::as_str)
    }

    /// Whether it stands for all that has no name.
    pub fn is_nameless(&self, function: Function) -> bool {
        self.name(function).starts_with('[')
    }

    /// Whether an address is the kernel's: on 64-bit machines by its sign, on others by where vmlinux begins.
    pub fn is_kernel(&self, address: u64) -> bool {
        let begin = self.kernel.as_ref().map_or(u64::MAX, |table| table.lowest);
        address >> 63 == 1
            || (begin <= u64::from(u32::MAX) && address >= (begin & !(MODULES - 1)).saturating_sub(MODULES))
    }

    /// The function at an address. What no file knows gets gem5's name for it, if there is one, or that of its side.
    pub fn find(&mut self, address: u64, gem5s: Option<&str>) -> Place {
        let kernel = self.is_kernel(address);
        let table = if kernel { &self.kernel } else { &self.program };
        if let Some((start, function)) = table.as_ref().and_then(|table| table.at(address)) {
            return Place {
                function,
                offset: address - start,
                kernel,
                linked: None,
            };
        }
        // gem5 takes the nearest symbol, however far. A file of ours knows better, unless it is stripped.
        let known = gem5s.filter(|_| table.as_ref().is_none_or(|table| table.functions.is_empty()));
        let (name, offset) = match known.map(|symbol| symbol.rsplit_once('+').unwrap_or((symbol, "0"))) {
            Some((name, offset)) => (name, offset.parse().unwrap_or(0)),
            None if kernel => ("[kernel, no symbol]", address),
            None => ("[user, no symbol]", address),
        };
        Place {
            function: self.number(&mangling::readable(name)),
            offset,
            kernel,
            linked: None,
        }
    }

    /// `function+4`, or the address where there is no function.
    pub fn show(&self, place: Place) -> String {
        match (self.name(place.function), place.offset) {
            (_, address) if self.is_nameless(place.function) => format!("{address:#x}"),
            (name, 0) => name.to_owned(),
            (name, offset) => format!("{name}+{offset:#x}"),
        }
    }

    /// First and last address of vmlinux; where in memory that is, only the board knows.
    pub fn kernel_range(&self) -> Option<(u64, u64)> {
        self.kernel.as_ref().map(|table| (table.lowest, table.highest))
    }
}

impl Table {
    fn at(&self, address: u64) -> Option<(u64, Function)> {
        let after = self.functions.partition_point(|(start, ..)| *start <= address);
        let (start, size, function) = *self.functions.get(after.checked_sub(1)?)?;
        // Code of the assembler's has no size: it goes to the next function, but not for ever.
        let inside = match size {
            0 => address - start < 1 << 16,
            // Padding behind a function is nobody's, and never executed.
            size => address - start < size,
        };
        inside.then_some((start, function))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(functions: &[(u64, u64, &str)], kernel: bool) -> Symbols {
        let mut symbols = Symbols::default();
        let functions = functions
            .iter()
            .map(|(address, size, name)| (*address, *size, symbols.number(name)))
            .collect();
        let table = Some(Table {
            functions,
            lowest: 0x8000_8000,
            highest: 0x8100_0000,
        });
        match kernel {
            true => symbols.kernel = table,
            false => symbols.program = table,
        }
        symbols
    }

    fn shown(symbols: &mut Symbols, address: u64, gem5s: Option<&str>) -> (String, bool) {
        let place = symbols.find(address, gem5s);
        (symbols.show(place), place.kernel)
    }

    #[test]
    fn an_address_is_in_the_function_before_it() {
        let mut symbols = symbols(&[(0x400260, 0x20, "_start"), (0x400300, 0, "by_hand")], false);
        assert_eq!(shown(&mut symbols, 0x400260, None).0, "_start");
        assert_eq!(shown(&mut symbols, 0x40027c, Some("other")).0, "_start+0x1c");
        assert_eq!(shown(&mut symbols, 0x400280, None).0, "0x400280");
        assert_eq!(shown(&mut symbols, 0x400310, None).0, "by_hand+0x10");
        assert_eq!(shown(&mut symbols, 0x10, None).0, "0x10");
    }

    #[test]
    fn functions_of_a_real_file_are_found_by_address() {
        let ourselves = std::env::current_exe().unwrap();
        let mut symbols = Symbols::read(None, Some(&ourselves)).unwrap();
        let functions = symbols.program.as_ref().unwrap().functions.clone();
        assert!(functions.len() > 1000, "{}", functions.len());
        let sized = functions.iter().filter(|(_, size, _)| *size > 8).step_by(500);
        let mut named = 0;
        for (address, _, function) in sized {
            let place = symbols.find(address + 4, None);
            assert_eq!((place.function, place.offset, place.kernel), (*function, 4, false));
            named += 1;
        }
        assert!(named > 1);
        assert_eq!(
            Symbols::read(None, Some("Cargo.toml".as_ref()))
                .err()
                .map(|error| error.code()),
            Some("lkmc::trace::symbols")
        );
    }

    #[test]
    fn gem5s_names_are_taken_where_there_is_no_file() {
        let mut none = Symbols::default();
        assert_eq!(
            shown(&mut none, 0xffff_8000_8000_0010, Some("vectors+16")),
            ("vectors+0x10".into(), true)
        );
        assert_eq!(shown(&mut none, 0x400260, None), ("0x400260".into(), false));
        assert_eq!(
            shown(&mut none, 0x400260, Some("_ZNK5Shape4areaEi+4")),
            ("Shape::area(int) const+0x4".into(), false)
        );
    }

    #[test]
    fn a_32_bit_kernel_is_known_by_its_vmlinux() {
        let mut symbols = symbols(&[(0x8000_8000, 0x100, "stext")], true);
        assert_eq!(shown(&mut symbols, 0x8000_8004, None), ("stext+0x4".into(), true));
        assert!(symbols.is_kernel(0x7f00_0000) && !symbols.is_kernel(0x7eff_fff0) && !symbols.is_kernel(0x0040_0000));
    }
}
