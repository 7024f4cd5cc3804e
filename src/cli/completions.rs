//! `saliscope completions` and `saliscope manual`: what shells and `man` read, from the same description
//! of the arguments that the program itself reads.

use anyhow::{Context as _, bail};
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Cli, output};

/// Arguments of `saliscope completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Arguments of `saliscope manual`.
#[derive(Debug, clap::Args)]
pub struct ManualArgs {
    /// The page, such as saliscope-predict; without it the names of all pages
    #[arg(value_name = "PAGE")]
    page: Option<String>,
}

/// Runs `saliscope completions`.
pub fn completions(args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    output::pass_on(&String::from_utf8(script).context("the script is no text")?)
}

/// Runs `saliscope manual`.
pub fn manual(args: &ManualArgs) -> anyhow::Result<()> {
    let mut pages = pages();
    let Some(wanted) = &args.page else {
        let names: Vec<String> = pages.into_iter().map(|(name, _)| name).collect();
        return output::lines(&names);
    };
    let Some(place) = pages.iter().position(|(name, _)| name == wanted) else {
        bail!("there is no page {wanted:?}; the pages are told by: saliscope manual");
    };
    let (name, command) = pages.swap_remove(place);
    output::pass_on(&page(&name, command)?)
}

/// Every command that is shown, with the name of its page.
pub(super) fn pages() -> Vec<(String, clap::Command)> {
    let mut top = Cli::command();
    top.build();
    let mut pages = Vec::new();
    collect(top, "", &mut pages);
    pages
}

/// A page, in the language of `man`.
pub(super) fn page(name: &str, command: clap::Command) -> anyhow::Result<String> {
    // A page has its own name and says how the command is called.
    let called = command.get_bin_name().unwrap_or(name).to_owned();
    // clap keeps names that live as long as the program; this one prints a page and ends.
    let own: &'static str = name.to_owned().leak();
    let command = command.name(own).bin_name(called);
    let mut page = Vec::new();
    Man::new(command)
        .title(name)
        .manual("Saliscope")
        .render(&mut page)?;
    String::from_utf8(page).context("the page is no text")
}

fn collect(command: clap::Command, above: &str, pages: &mut Vec<(String, clap::Command)>) {
    let name = match above {
        "" => command.get_name().to_owned(),
        above => format!("{above}-{}", command.get_name()),
    };
    let below: Vec<clap::Command> = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set() && below.get_name() != "help")
        .cloned()
        .collect();
    pages.push((name.clone(), command));
    for below in below {
        collect(below, &name, pages);
    }
}
