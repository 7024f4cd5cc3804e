//! `saliscope licences`: the licences of all that is shipped.

use super::output;
use crate::classifier::Catalog;
use crate::home::Home;
use crate::licences::{Kind, Part, parts, texts};

/// Arguments of `saliscope licences`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the texts of the licences too
    #[arg(long)]
    texts: bool,

    /// Print JSON: a list of {kind, name, licence, source}
    #[arg(long, conflicts_with = "texts")]
    json: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let parts = parts(&Catalog::load(home)?, home);
    if args.json {
        return output::json(&parts);
    }
    output::pass_on_lines(&parts.iter().map(line).collect::<Vec<_>>())?;
    if !parts.iter().any(|part| part.kind == Kind::Library) {
        output::note(
            "the libraries in the program are listed in its packages; in a checkout `make notices` \
             lists them",
        );
    }
    if args.texts {
        for (name, text) in texts(home) {
            output::pass_on_lines(&[String::new(), format!("== {name} =="), String::new()])?;
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            output::pass_on_lines(&lines)?;
        }
    }
    Ok(())
}

fn line(part: &Part) -> String {
    let source = match part.source.as_str() {
        "" => String::new(),
        source => format!("  ({source})"),
    };
    let kind = part.kind.label();
    format!("{kind:8} {:32} {}{source}", part.name, part.licence)
}
