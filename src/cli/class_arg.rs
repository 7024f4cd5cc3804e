//! A class on the command line: its number, its name, or auto.

use std::convert::Infallible;
use std::str::FromStr;

use anyhow::anyhow;

use crate::classifier::Labels;
use crate::saliency::ClassChoice;

/// What was given for a class; which it is, is known when the labels are.
#[derive(Debug, Clone)]
pub struct ClassArg(String);

impl FromStr for ClassArg {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl ClassArg {
    /// The choice of a class. A class that is called auto goes by its number.
    pub fn of(&self, labels: &Labels) -> anyhow::Result<ClassChoice> {
        if self.0.trim().eq_ignore_ascii_case("auto") {
            return Ok(ClassChoice::Auto);
        }
        let class = labels.class(&self.0).map_err(|why| anyhow!(why))?;
        Ok(ClassChoice::Class(class))
    }

    /// The class that another is held against.
    pub fn against(given: Option<&Self>, labels: &Labels) -> anyhow::Result<Option<usize>> {
        given
            .map(|class| labels.class(&class.0).map_err(|why| anyhow!(why)))
            .transpose()
    }
}
