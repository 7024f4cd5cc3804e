//! What the AI says, in words: from predictions and an explanation to what the panels draw.

use super::state::{Answer, Fact, Look, Status};
use crate::classifier::Prediction;
use crate::guess::Brightest;
use crate::saliency::{Explanation, View};
pub(in crate::tabs) use crate::ui::format::{capitalised, percent};
use crate::ui::widgets::Bar;

/// Below this completeness error a map adds up, as the field's tools recommend.
const ADDS_UP: f64 = 0.05;

/// Seconds as a person reads them.
fn seconds(seconds: f64) -> String {
    if seconds < 0.0995 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 9.95 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s")
    }
}

/// The answer before the map is there: bars and a sentence.
pub(super) fn first_answer(
    answers: &[Prediction],
    explained: &Prediction,
    against: Option<&Prediction>,
) -> Answer {
    let mut rows: Vec<&Prediction> = answers.iter().collect();
    // A class beyond the first five that is explained has its bar too.
    for asked in std::iter::once(explained).chain(against) {
        if !rows.iter().any(|row| row.class == asked.class) {
            rows.push(asked);
        }
    }
    let versus = |row: &Prediction| against.is_some_and(|against| against.class == row.class);
    Answer {
        bars: rows
            .into_iter()
            .map(|row| {
                let marked = row.class == explained.class;
                (row.class, bar(row, marked, !marked && versus(row)))
            })
            .collect(),
        sentence: sentence(answers),
        shows: shows(answers, explained, against),
        explained: explained.label.clone(),
        against: against.map(|against| against.label.clone()),
        either_way: false,
        facts: Vec::new(),
        range: None,
    }
}

/// The name of the figure that tells where the map is brightest.
const BRIGHTEST: &str = "Brightest";

/// Where the map is brightest, as a sentence; none before it is there.
pub(super) fn where_brightest(answer: &Answer) -> Option<String> {
    let fact = answer.facts.iter().find(|fact| fact.name == BRIGHTEST)?;
    Some(format!("Brightest: {}.", fact.value))
}

/// What came of the work, for who cannot see it; nothing while it goes on.
pub(super) fn outcome(look: &Look) -> String {
    match (&look.status, &look.answer) {
        (Status::Done, Some(answer)) => {
            let place = where_brightest(answer).unwrap_or_default();
            let shows = answer.shows.as_deref().unwrap_or_default();
            let all = [answer.sentence.as_str(), shows, place.as_str()];
            let said: Vec<&str> = all.into_iter().filter(|words| !words.is_empty()).collect();
            said.join(" ")
        }
        (Status::Failed { why }, _) => format!("That did not work. {why}"),
        _ => String::new(),
    }
}

/// What is on the stage, for who cannot see it.
pub(super) fn stage_label(look: &Look) -> String {
    let place = look.answer.as_ref().and_then(where_brightest);
    match place {
        Some(place) if look.status == Status::Done && look.overlay.shown => {
            let words = look.alternative.trim_end_matches('.');
            format!("{words}. {place}")
        }
        _ => look.alternative.clone(),
    }
}

/// What the bright parts of the map mean.
pub(super) fn bright_parts(answer: &Answer) -> String {
    let explained = &answer.explained;
    match &answer.against {
        Some(against) if answer.either_way => {
            format!("Bright parts decide between {explained} and {against}.")
        }
        Some(against) => format!("Bright parts speak for {explained} rather than {against}."),
        None => format!("Bright parts speak for {explained}."),
    }
}

fn bar(prediction: &Prediction, marked: bool, versus: bool) -> Bar {
    Bar {
        label: capitalised(&prediction.label),
        // A measured value is no share of anything.
        share: if prediction.measured {
            0.0
        } else {
            prediction.probability
        },
        value: if prediction.measured {
            prediction.share()
        } else {
            percent(prediction.probability)
        },
        marked,
        versus,
        mark: if versus {
            "Held against the answer that is shown".to_owned()
        } else {
            "Shown on the picture".to_owned()
        },
        figures: vec![
            if prediction.measured {
                ("Value".to_owned(), prediction.share())
            } else {
                (
                    "Probability".to_owned(),
                    format!("{:.4} %", prediction.probability * 100.0),
                )
            },
            (
                "Score (logit)".to_owned(),
                format!("{:.3}", prediction.logit),
            ),
            ("Class".to_owned(), prediction.class.to_string()),
        ],
        hint: "Click or press Enter to see what speaks for it".to_owned(),
    }
}

/// What the network is surest of, and how sure.
fn sentence(answers: &[Prediction]) -> String {
    let Some(best) = answers.first() else {
        return String::new();
    };
    let sure = match best.probability {
        p if p >= 0.9 => "It is almost certain",
        p if p >= 0.6 => "It is fairly sure",
        p if p >= 0.3 => "It is torn. Its best guess",
        _ => "It does not really know. Its best guess",
    };
    format!("{sure}: {}.", best.label)
}

/// What the picture shows, where that is not what the network is surest of.
fn shows(
    answers: &[Prediction],
    explained: &Prediction,
    against: Option<&Prediction>,
) -> Option<String> {
    let best = answers.first()?;
    let against = against.map(|against| format!(" rather than {}", against.label));
    (against.is_some() || explained.class != best.class).then(|| {
        format!(
            "The picture now shows what speaks for {}{}.",
            explained.label,
            against.unwrap_or_default()
        )
    })
}

/// The figures about a finished map, and the ends of its colour bar.
pub(super) fn finish(answer: &mut Answer, explanation: &Explanation, model: &str) {
    let mut facts = vec![
        Fact {
            name: "Method",
            value: explanation.request.method.name().to_owned(),
            help: "How the map was computed.",
            good: None,
        },
        Fact {
            name: "Model",
            value: model.to_owned(),
            help: "The network that was asked.",
            good: None,
        },
        Fact {
            name: "Time",
            value: seconds(explanation.seconds.total),
            help: "How long the map took to compute, the prediction included.",
            good: None,
        },
        Fact {
            name: "Steps",
            value: explanation.steps_used.to_string(),
            help: "How many times the network was run for this map.",
            good: None,
        },
    ];
    if let Some(brightest) = Brightest::of(explanation.map.values.view()) {
        facts.push(Fact {
            name: BRIGHTEST,
            value: brightest.in_words(),
            help: "Where the part is around the highest value, of what the network sees.",
            good: None,
        });
    }
    if let Some(remark) = explanation.remark() {
        facts.push(Fact {
            name: "Map",
            value: "empty".to_owned(),
            help: remark,
            good: Some(false),
        });
    }
    if let Some(completeness) = explanation.completeness {
        let good = completeness.error <= ADDS_UP;
        let off = format!("{:.1} %", completeness.error * 100.0);
        facts.push(Fact {
            name: "Adds up",
            value: if good {
                format!("to within {off}")
            } else {
                format!("{off} off")
            },
            help: "The values of all pixels should add up to the score they explain. If they \
                   are far off, raise the steps.",
            good: Some(good),
        });
    }
    answer.facts = facts;
    answer.either_way =
        explanation.request.method.has_view() && explanation.request.params.view == View::Magnitude;
    let values = explanation
        .map
        .values
        .iter()
        .copied()
        .filter(|v| v.is_finite());
    let (low, high) = values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    answer.range = (low <= high).then_some([low, high]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(class: usize, label: &str, probability: f32) -> Prediction {
        Prediction {
            class,
            label: label.to_owned(),
            probability,
            logit: 1.0,
            measured: false,
        }
    }

    #[test]
    fn shares_are_never_rounded_to_nothing_or_to_certainty() {
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(percent(0.000_01), "< 0.1 %");
        assert_eq!(percent(0.3854), "38.5 %");
        assert_eq!(percent(0.999_99), "> 99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
    }

    #[test]
    fn a_measured_value_is_no_share() {
        let age = Prediction {
            measured: true,
            ..prediction(0, "age", 41.5)
        };
        let answer = first_answer(std::slice::from_ref(&age), &age, None);
        let bar = &answer.bars[0].1;
        assert_eq!((bar.value.as_str(), bar.share), ("41.5000", 0.0));
        assert_eq!(bar.figures[0], ("Value".to_owned(), "41.5000".to_owned()));
    }

    #[test]
    fn an_explained_class_beyond_the_first_has_a_bar_and_words() {
        let answers = [
            prediction(285, "Egyptian cat", 0.95),
            prediction(281, "tabby", 0.02),
        ];
        let other = prediction(7, "cock", 0.0);
        let answer = first_answer(&answers, &other, None);
        assert_eq!(answer.bars.len(), 3);
        let marked: Vec<usize> = answer
            .bars
            .iter()
            .filter(|(_, bar)| bar.marked)
            .map(|(class, _)| *class)
            .collect();
        assert_eq!(marked, [7]);
        assert!(answer.sentence.contains("Egyptian cat"));
        assert!(
            answer
                .shows
                .as_ref()
                .is_some_and(|shows| shows.contains("cock"))
        );
        assert_eq!(answer.bars[2].1.label, "Cock");
    }

    #[test]
    fn two_answers_held_against_each_other_are_told_apart() {
        let answers = [
            prediction(285, "Egyptian cat", 0.5),
            prediction(281, "tabby", 0.4),
        ];
        let mut answer = first_answer(&answers, &answers[0], Some(&answers[1]));
        let signs: Vec<(bool, bool)> = answer
            .bars
            .iter()
            .map(|(_, bar)| (bar.marked, bar.versus))
            .collect();
        assert_eq!(signs, [(true, false), (false, true)]);
        assert!(
            answer
                .shows
                .as_ref()
                .unwrap()
                .ends_with("what speaks for Egyptian cat rather than tabby.")
        );
        assert_eq!(
            bright_parts(&answer),
            "Bright parts speak for Egyptian cat rather than tabby."
        );
        answer.either_way = true;
        assert_eq!(
            bright_parts(&answer),
            "Bright parts decide between Egyptian cat and tabby."
        );
    }
}
