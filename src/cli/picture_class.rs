//! Which class of a picture is explained: the same of all pictures, or the true one of each.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, bail};

use crate::classifier::Labels;
use crate::saliency::ClassChoice;

/// Which class is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureClass {
    /// The same, whatever the picture.
    Given(ClassChoice),
    /// The true one: what the folder in which the picture lies is called.
    Label,
}

impl FromStr for PictureClass {
    type Err = <ClassChoice as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case("label") {
            return Ok(Self::Label);
        }
        text.parse().map(Self::Given)
    }
}

impl PictureClass {
    /// The class for the picture at `path`.
    pub fn of(&self, labels: &Labels, path: &Path) -> anyhow::Result<ClassChoice> {
        let choice = match self {
            Self::Given(choice) => return Ok(*choice),
            Self::Label => {
                let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
                let folder = absolute.parent().and_then(Path::file_name);
                let folder =
                    folder.context("the picture lies in no folder that could tell its class")?;
                class_called(labels, &folder.to_string_lossy())
            }
        };
        choice
            .map(ClassChoice::Class)
            .with_context(|| format!("{} has no class of its own", path.display()))
    }
}

/// The one class that a folder's name means: its number, its whole label or one of the names in it
/// (ImageNet gives several with commas between), with spaces or underscores.
fn class_called(labels: &Labels, name: &str) -> anyhow::Result<usize> {
    let plain = |text: &str| text.trim().replace(['_', '-'], " ").to_lowercase();
    let wanted = plain(name);
    if let Ok(number) = wanted.parse::<usize>()
        && number < labels.len()
    {
        return Ok(number);
    }
    let called: Vec<usize> = (0..labels.len())
        .filter(|class| {
            let label = labels.name(*class);
            plain(&label) == wanted || label.split(',').any(|name| plain(name) == wanted)
        })
        .collect();
    match called.as_slice() {
        [class] => Ok(*class),
        [] => bail!(
            "its folder is called {name:?}, which is no class of the network; \
             call the folder as a class, or give --class a number"
        ),
        [first, second, ..] => {
            bail!("its folder is called {name:?}, which classes {first} and {second} are called")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_tells_the_true_class() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("l.txt");
        std::fs::write(&file, "tabby, tabby cat\ntiger cat\ntiger\ncrane\ncrane\n").unwrap();
        let labels = Labels::read(&file, 5).unwrap();
        let label: PictureClass = "label".parse().unwrap();
        let class = |path: &str| {
            let choice = label.of(&labels, Path::new(path));
            choice.map_err(|error| format!("{error:#}"))
        };
        assert_eq!(class("/val/tiger_cat/1.jpg"), Ok(ClassChoice::Class(1)));
        assert_eq!(class("/val/Tabby/1.jpg"), Ok(ClassChoice::Class(0)));
        assert_eq!(class("/val/2/1.jpg"), Ok(ClassChoice::Class(2)));
        assert!(
            class("/val/dog/1.jpg")
                .unwrap_err()
                .contains("no class of the network")
        );
        assert!(
            class("/val/crane/1.jpg")
                .unwrap_err()
                .contains("classes 3 and 4")
        );
        assert_eq!(
            "auto"
                .parse::<PictureClass>()
                .unwrap()
                .of(&labels, Path::new("x"))
                .unwrap(),
            ClassChoice::Auto
        );
        assert!("cat".parse::<PictureClass>().is_err());
    }
}
