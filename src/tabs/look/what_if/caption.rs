//! What stands above the picture while parts of it are taken away.

use super::state::{Edit, Search, Tool};

impl Edit {
    /// What is above the picture.
    #[must_use]
    pub fn caption(&self) -> String {
        if let Some(trouble) = &self.trouble {
            return trouble.clone();
        }
        if self.canvas.is_none() {
            return "Asking the network about the picture as it is...".to_owned();
        }
        if let Search::Running(asked, _) = self.search {
            return format!("Searching the smallest part: {asked} questions asked...");
        }
        if self.before {
            return "The picture as it was.".to_owned();
        }
        if self.hand.corner.is_some() && !self.hand.held {
            return match self.hand.tool {
                Tool::Move => "Now tap where it goes.",
                _ => "Now tap the opposite corner.",
            }
            .to_owned();
        }
        if self.is_blank() {
            return match self.hand.tool {
                Tool::Brush => "Paint over a part: it goes, and the AI is asked again.",
                Tool::Rectangle => "Draw a rectangle, or tap two of its corners.",
                Tool::Parts => "Tap a part, or choose one with the arrow keys and press Enter.",
                Tool::Move => "Drag a part elsewhere, or tap it and then where it goes.",
            }
            .to_owned();
        }
        if self.mapping {
            return "Looking for what matters now...".to_owned();
        }
        if let Some(value) = self.reading {
            return format!("Here {}", crate::tabs::similarity::value(value));
        }
        // The column beside it has the rest.
        let first = self.sentence.split_inclusive(". ").next();
        first.unwrap_or_default().trim_end().to_owned()
    }
}
