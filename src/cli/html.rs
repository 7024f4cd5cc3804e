//! `--html`: the result as one page to hand over.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::files::Output;
use crate::page::Page;

/// The page that several subcommands write.
#[derive(Debug, clap::Args)]
pub struct HtmlArgs {
    /// Also write one page with everything in it that opens in any browser, without a network
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,
}

impl HtmlArgs {
    /// True where a page was asked for.
    pub fn is_asked(&self) -> bool {
        self.html.is_some()
    }

    /// Where it goes, checked before the work begins.
    pub fn output<P: AsRef<Path>>(
        &self,
        inputs: impl IntoIterator<Item = P>,
        overwrite: bool,
    ) -> anyhow::Result<Option<Output>> {
        let Some(file) = &self.html else {
            return Ok(None);
        };
        let out = Output::new(file).reading(inputs).overwriting(overwrite);
        out.check_file()?;
        Ok(Some(out))
    }
}

/// Writes a page.
pub fn write(out: &Output, page: &Page) -> anyhow::Result<()> {
    let html = page.html()?;
    out.write_file(|file| file.write_all(html.as_bytes()))?;
    Ok(())
}
