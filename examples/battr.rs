use lkmc::nix;
fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).map(|s| s.as_str()) == Some("__enter") {
        let rest: Vec<std::ffi::OsString> = std::env::args_os().skip(2).collect();
        return lkmc::nix::enter::main(&rest);
    }
    let opts = nix::Options {
        deadline: None,
        verbose: std::env::var("V").is_ok(),
    };
    match nix::build_attr(std::path::Path::new(&args[1]), &args[2], &opts) {
        Ok(b) => println!("{} {}", b.drv.display(), b.out.display()),
        Err(e) => {
            lkmc::diag::print(&e, false);
            return std::process::ExitCode::from(125);
        }
    }
    std::process::ExitCode::SUCCESS
}
