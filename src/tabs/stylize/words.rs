//! What the network said of both pictures, in words: chart, verdict, captions.

use super::state::{Cue, Shown, Stylize, Way};
use crate::classifier::Prediction;
use crate::compare::shape_bias::{CueClass, Cues, Followed, Verdict};
use crate::tabs::look::words::{self, capitalised};
use crate::ui::widgets::PairBar;

/// A share as a person reads it, on one line.
fn percent(share: f32) -> String {
    words::percent(share).replace(' ', "\u{a0}")
}

/// From this strength on a verdict counts: the published figures are of whole paintings.
pub(super) const COUNTED_FROM: u8 = 100;

/// The rows of the chart: the five surest answers of both pictures, the surest of either first.
pub(super) fn chart(stylize: &Stylize) -> Vec<(usize, PairBar)> {
    let (before, after) = (&stylize.before, &stylize.after);
    let mut rows: Vec<&Prediction> = Vec::new();
    let explained = [&before.explained, &after.explained];
    let explained = explained.into_iter().flatten();
    for answer in before
        .answers
        .iter()
        .chain(after.answers.iter())
        .chain(explained)
    {
        if !rows.iter().any(|row| row.class == answer.class) {
            rows.push(answer);
        }
    }
    let share = |shown: &Shown, class: usize| shown.probabilities.get(class).copied();
    let surest = |class: usize| {
        let of = |shown| share(shown, class).unwrap_or(0.0);
        of(before).max(of(after))
    };
    rows.sort_by(|a, b| {
        surest(b.class)
            .total_cmp(&surest(a.class))
            .then(a.class.cmp(&b.class))
    });
    rows.into_iter()
        .map(|row| {
            let shares = [share(before, row.class), share(after, row.class)];
            let about =
                |shown: &Shown| shown.explained.as_ref().map(|e| e.class) == Some(row.class);
            (
                row.class,
                pair_bar(row, shares, [about(before), about(after)]),
            )
        })
        .collect()
}

fn pair_bar(row: &Prediction, shares: [Option<f32>; 2], about: [bool; 2]) -> PairBar {
    let exact = |share: Option<f32>| {
        share.map_or("not known yet".to_owned(), |share| {
            format!("{:.4} %", share * 100.0)
        })
    };
    let mut figures = vec![
        ("Before".to_owned(), exact(shares[0])),
        ("After".to_owned(), exact(shares[1])),
    ];
    if let [Some(before), Some(after)] = shares {
        let change = format!("{:+.2} points", (after - before) * 100.0);
        figures.push(("Change".to_owned(), change));
    }
    figures.push(("Class".to_owned(), row.class.to_string()));
    let hint = match about {
        [true, true] => "Both maps show what speaks for it",
        [true, false] => "The map before shows what speaks for it. Click to see it on both",
        [false, true] => "The map after shows what speaks for it. Click to see it on both",
        [false, false] => "Click or press Enter to see what speaks for it on both pictures",
    };
    PairBar {
        label: capitalised(&row.label),
        shares,
        values: shares.map(|share| share.map_or("...".to_owned(), percent)),
        marked: about[0] || about[1],
        figures,
        hint: hint.to_owned(),
    }
}

/// What the network now says, in one sentence; empty before both are known.
pub(super) fn change(stylize: &Stylize) -> String {
    let (Some(before), Some(after)) = (
        stylize.before.answers.first(),
        stylize.after.answers.first(),
    ) else {
        return String::new();
    };
    if before.class == after.class {
        format!(
            "It still says {}: {} before, {} now.",
            after.label,
            percent(before.probability),
            percent(after.probability)
        )
    } else {
        format!(
            "It said {} ({}). Now it says {} ({}).",
            before.label,
            percent(before.probability),
            after.label,
            percent(after.probability)
        )
    }
}

/// Which of the 16 classes a picture belongs to: what the person said, else the class of the
/// network's first answer; `None` when that is none of them.
pub(super) fn cue(cue: Cue, answers: &[Prediction]) -> Option<CueClass> {
    match cue {
        Cue::Said(class) => class,
        Cue::Guess => answers
            .first()
            .and_then(|best| CueClass::of_imagenet(best.class)),
    }
}

/// The formal verdict: `None` while one of the three pictures is not known, when shape and texture
/// are of the same class or of none of the 16, and for networks without ImageNet's classes.
pub(super) fn verdict(stylize: &Stylize) -> Option<Verdict> {
    if stylize.way != Way::Texture {
        return None;
    }
    if stylize.second.is_some() {
        // Two textures are no one cue.
        return None;
    }
    let cues = Cues::of_imagenet(&stylize.after.probabilities)?;
    let shape = cue(stylize.shape_cue, &stylize.before.answers)?;
    let texture = cue(stylize.texture_cue, &stylize.texture_answers)?;
    Verdict::of(&cues, shape, texture)
}

/// What the network followed, in one sentence, also where shape or texture is none of the 16
/// classes: then by the names the network itself gives the two.
pub(super) fn followed(stylize: &Stylize) -> Option<(Followed, String)> {
    if let Some(verdict) = verdict(stylize) {
        return Some((verdict.followed, verdict.sentence()));
    }
    if stylize.way != Way::Texture || stylize.second.is_some() {
        return None;
    }
    let shape = stylize.before.answers.first()?;
    let texture = stylize.texture_answers.first()?;
    let now = stylize.after.answers.first()?;
    let same = |a: usize, b: usize| {
        let group = CueClass::of_imagenet(a);
        let known = stylize.after.probabilities.len() == 1000 && group.is_some();
        a == b || known && group == CueClass::of_imagenet(b)
    };
    if same(shape.class, texture.class) {
        return None;
    }
    let share = |class: usize| {
        let probability = stylize.after.probabilities.get(class).copied();
        percent(probability.unwrap_or(0.0))
    };
    let (s, t) = (share(shape.class), share(texture.class));
    let (name, other) = (&shape.label, &texture.label);
    Some(if same(now.class, shape.class) {
        let words = format!("It followed the shape: {name} {s}, {other} {t}.");
        (Followed::Shape, words)
    } else if same(now.class, texture.class) {
        let words = format!("It followed the texture: {other} {t}, {name} {s}.");
        (Followed::Texture, words)
    } else {
        let words = format!(
            "It followed neither: it says {}. Shape ({name}) {s}, texture ({other}) {t}.",
            now.label
        );
        (Followed::Neither, words)
    })
}

/// What is on the left half of the stage, above it.
pub(super) fn before_caption(stylize: &Stylize) -> String {
    format!("Before: {}", stylize.before.name)
}

/// What is on the right half of the stage, above it.
pub(super) fn after_caption(stylize: &Stylize) -> String {
    if stylize.after_name.is_empty() {
        return "After".to_owned();
    }
    format!("After: {}", stylize.after_name)
}

/// What the restyled picture is called: "Cat in brick, 60 %", "Cat, fog 3".
pub(super) fn restyled_name(
    stylize: &Stylize,
    shape: &str,
    texture: &str,
    second: Option<&str>,
) -> String {
    match stylize.way {
        Way::Corruption => format!(
            "{shape}, {} {}",
            stylize.corruption.name().to_lowercase(),
            stylize.severity()
        ),
        Way::Texture => {
            let also = second.map_or(String::new(), |second| {
                format!(" and {}", second.to_lowercase())
            });
            let part = match stylize.percent() {
                100 => String::new(),
                percent => format!(", {percent} %"),
            };
            format!("{shape} in {}{also}{part}", texture.to_lowercase())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(class: usize, label: &str, probability: f32) -> Prediction {
        Prediction {
            class,
            label: label.to_owned(),
            probability,
            logit: 0.0,
            measured: false,
        }
    }

    /// A picture of which the network says these classes, of 1000.
    fn shown(answers: &[(usize, &str, f32)]) -> Shown {
        let mut probabilities = vec![0.0; 1000];
        for (class, _, probability) in answers {
            probabilities[*class] = *probability;
        }
        Shown {
            answers: answers
                .iter()
                .map(|(class, label, p)| prediction(*class, label, *p))
                .collect(),
            probabilities: probabilities.into(),
            ..Shown::default()
        }
    }

    fn cat_in_elephant() -> Stylize {
        Stylize {
            before: shown(&[(285, "Egyptian cat", 0.6), (281, "tabby", 0.2)]),
            after: shown(&[(386, "African elephant", 0.5), (285, "Egyptian cat", 0.1)]),
            texture_answers: [prediction(386, "African elephant", 0.9)].into(),
            ..Stylize::default()
        }
    }

    #[test]
    fn the_chart_joins_both_lists_and_knows_the_others_share() {
        let mut stylize = cat_in_elephant();
        stylize.after.explained = Some(prediction(386, "African elephant", 0.5));
        let rows = chart(&stylize);
        let classes: Vec<usize> = rows.iter().map(|(class, _)| *class).collect();
        assert_eq!(classes, [285, 386, 281]);
        assert_eq!(rows[0].1.shares, [Some(0.6), Some(0.1)]);
        assert_eq!(rows[1].1.shares, [Some(0.0), Some(0.5)]);
        assert_eq!(rows[0].1.values, ["60.0\u{a0}%", "10.0\u{a0}%"]);
        assert!(rows[1].1.marked && !rows[0].1.marked);
        assert!(
            rows[0]
                .1
                .figures
                .contains(&("Change".to_owned(), "-50.00 points".to_owned()))
        );
    }

    #[test]
    fn the_verdict_needs_two_of_the_16_and_hears_the_person() {
        let mut stylize = cat_in_elephant();
        let found = verdict(&stylize).unwrap();
        assert_eq!(found.followed, Followed::Texture);
        assert!(
            found
                .sentence()
                .starts_with("It saw the elephant, not the cat")
        );
        stylize.texture_cue = Cue::Said(Some(CueClass::Bottle));
        let found = verdict(&stylize).unwrap();
        assert_eq!(found.followed, Followed::Neither);
        stylize.texture_cue = Cue::Said(None);
        assert_eq!(verdict(&stylize), None);
        stylize.texture_cue = Cue::Guess;
        stylize.way = Way::Corruption;
        assert_eq!(verdict(&stylize), None);
    }

    #[test]
    fn a_texture_outside_the_16_has_a_sentence_but_no_verdict() {
        let mut stylize = cat_in_elephant();
        stylize.texture_answers = [prediction(825, "stone wall", 0.7)].into();
        stylize.after = shown(&[(825, "stone wall", 0.62), (285, "Egyptian cat", 0.09)]);
        assert_eq!(verdict(&stylize), None);
        let (followed_what, words) = followed(&stylize).unwrap();
        assert_eq!(followed_what, Followed::Texture);
        assert_eq!(
            words,
            "It followed the texture: stone wall 62.0\u{a0}%, Egyptian cat 9.0\u{a0}%."
        );
        // Another cat is still the shape.
        stylize.after = shown(&[(281, "tabby", 0.4)]);
        assert_eq!(followed(&stylize).unwrap().0, Followed::Shape);
    }

    #[test]
    fn restyled_pictures_are_named_by_what_was_done() {
        let mut stylize = Stylize::default();
        let name = |stylize: &Stylize| restyled_name(stylize, "Cat", "Brick", None);
        assert_eq!(name(&stylize), "Cat in brick");
        stylize.strength = 60.4;
        assert_eq!(name(&stylize), "Cat in brick, 60 %");
        stylize.way = Way::Corruption;
        assert_eq!(name(&stylize), "Cat, fog 3");
    }
}
