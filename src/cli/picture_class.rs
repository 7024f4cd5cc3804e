//! Which class of a picture is explained: the same of all pictures, or the true one of each.

use std::convert::Infallible;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, bail};

use super::class_arg::ClassArg;
use crate::classifier::Labels;
use crate::collection::{ClassMatcher, How};
use crate::saliency::ClassChoice;

/// Which class is explained, as it was asked for.
#[derive(Debug, Clone)]
pub enum PictureClass {
    /// The same, whatever the picture.
    Given(ClassArg),
    /// The true one: what the folder in which the picture lies is called.
    Label,
}

impl FromStr for PictureClass {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        if text.trim().eq_ignore_ascii_case("label") {
            return Ok(Self::Label);
        }
        text.parse().map(Self::Given)
    }
}

/// Which class is explained, for a network.
pub enum ClassOf {
    /// The same, whatever the picture.
    Same(ClassChoice),
    /// What the folder in which the picture lies is called.
    Folder(Box<ClassMatcher>, Labels),
}

impl PictureClass {
    /// For a network whose classes are called so.
    pub fn settle(&self, labels: &Labels) -> anyhow::Result<ClassOf> {
        Ok(match self {
            Self::Given(class) => ClassOf::Same(class.of(labels)?),
            Self::Label => {
                let names: Vec<String> =
                    (0..labels.len()).map(|class| labels.name(class)).collect();
                ClassOf::Folder(Box::new(ClassMatcher::new(&names)), labels.clone())
            }
        })
    }
}

impl ClassOf {
    /// The class for the picture at `path`. A folder tells it by a class's name, number or `WordNet` id.
    pub fn of(&self, path: &Path) -> anyhow::Result<ClassChoice> {
        let (matcher, labels) = match self {
            Self::Same(choice) => return Ok(*choice),
            Self::Folder(matcher, labels) => (matcher, labels),
        };
        let shown = path.display();
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folder = absolute.parent().and_then(Path::file_name);
        let folder = folder
            .with_context(|| format!("{shown} lies in no folder that could tell its class"))?
            .to_string_lossy();
        let meant = matcher.find(&folder);
        match (meant.class, meant.how) {
            (Some(class), How::Name | How::Number | How::Synset) => {
                Ok(ClassChoice::Class(class as usize))
            }
            (Some(class), _) => bail!(
                "{shown}: its folder is called {folder:?}, which is no class; if {} ({class}) is meant, call the folder so",
                labels.name(class as usize)
            ),
            (None, How::Several) => bail!(
                "{shown}: its folder is called {folder:?}, which may mean several classes; call it after the class's number"
            ),
            (None, _) => bail!(
                "{shown}: its folder is called {folder:?}, which is no class of the network; call it as a class, or give --class"
            ),
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
        let settled = |text: &str| {
            let asked: PictureClass = text.parse().unwrap();
            asked.settle(&labels)
        };
        let label = settled("label").unwrap();
        let class = |path: &str| {
            let choice = label.of(Path::new(path));
            choice.map_err(|error| format!("{error:#}"))
        };
        assert_eq!(class("/val/tiger_cat/1.jpg"), Ok(ClassChoice::Class(1)));
        assert_eq!(class("/val/Tabby/1.jpg"), Ok(ClassChoice::Class(0)));
        assert_eq!(class("/val/2/1.jpg"), Ok(ClassChoice::Class(2)));
        for (path, says) in [
            ("/val/dog/1.jpg", "no class of the network"),
            ("/val/crane/1.jpg", "several classes"),
            // Nearly the name is not the name.
            ("/val/tigger/1.jpg", "tiger (2) is meant"),
        ] {
            let error = class(path).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let same = |text: &str| settled(text).unwrap().of(Path::new("x")).unwrap();
        assert_eq!(same("auto"), ClassChoice::Auto);
        assert_eq!(same("tiger"), ClassChoice::Class(2));
        assert!(settled("cat").is_err());
    }
}
