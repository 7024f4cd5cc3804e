//! One row of a robustness file.

use super::csv;

/// What identifies a row: what was looked at, by whom, and how. Two runs that agree on it give the
/// same row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The picture's file name within its folder.
    pub picture: String,
    /// SHA-256 of the picture's file.
    pub picture_sha256: String,
    /// The network's id.
    pub model: String,
    /// SHA-256 of all that the network's answers depend on
    /// ([`Classifier::identity`](crate::classifier::Classifier::identity)): another file under the same name
    /// makes other rows, and so does the same file described in another way.
    pub model_sha256: String,
    /// What was done to the picture, such as "fog:3"; "none" for the original.
    pub shift: String,
    /// Everything else that decides the figures, such as the method and delta.
    pub settings: String,
}

/// What one network made of one shifted picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is a row of.
    pub key: Key,
    /// The class the network is surest of, and how sure, 0-1.
    pub class: usize,
    /// What that class is called.
    pub label: String,
    /// How sure it is of that class, 0-1.
    pub probability: f64,
    /// The class it was surest of on the original.
    pub original_class: usize,
    /// How sure it still is of that class, 0-1.
    pub original_probability: f64,
    /// Share of pixels on which the coloured map agrees with the original's, 0-1.
    pub agree: f64,
    /// `IoU` of the top shares of the two maps, 0-1.
    pub iou: f64,
    /// Spearman's correlation of the two maps; `None` when there is nothing to see in one of them: see
    /// [`Self::is_blank`].
    pub spearman: Option<f64>,
    /// Structural similarity of the two maps; `None` for tiny maps.
    pub ssim: Option<f64>,
    /// Earth mover's distance of the two maps as a share of the diagonal; 0 is alike.
    pub emd: f64,
}

/// Why a record is no row.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RowError {
    /// Another number of columns.
    #[error("it has {got} columns instead of {}", Row::COLUMNS.len())]
    Columns {
        /// How many it has.
        got: usize,
    },
    /// A figure that cannot be.
    #[error("{column} is {value}, which is not from {low} to {high}")]
    Range {
        /// The column.
        column: &'static str,
        /// What it holds.
        value: f64,
        /// The least it can be.
        low: f64,
        /// The most it can be.
        high: f64,
    },
    /// Whether the answer is the same, told against the classes.
    #[error("same is {value:?}, but the classes are {class} and {original_class}")]
    Same {
        /// What it holds.
        value: String,
        /// The class of the shifted picture.
        class: usize,
        /// The class of the original.
        original_class: usize,
    },
    /// A figure that is none.
    #[error("{column} is {value:?}, which is no number")]
    Number {
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
}

impl Key {
    /// The settings without what belongs to one shift alone: rows that have it in common may be compared.
    #[must_use]
    pub fn ground(&self) -> &str {
        let end = self.settings.find(TEXTURE).unwrap_or(self.settings.len());
        self.settings.get(..end).unwrap_or(&self.settings)
    }
}

/// In the settings of a row, before the texture that its picture was painted in.
pub(super) const TEXTURE: &str = "; texture ";

impl Row {
    /// The columns of the file, in order.
    pub const COLUMNS: [&'static str; 17] = [
        "picture",
        "model",
        "shift",
        "class",
        "label",
        "probability",
        "original_class",
        "original_probability",
        "same",
        "agree",
        "iou",
        "spearman",
        "ssim",
        "emd",
        "settings",
        "picture_sha256",
        "model_sha256",
    ];

    /// Whether the network still says what it said of the original.
    #[must_use]
    pub fn same(&self) -> bool {
        self.class == self.original_class
    }

    /// True where there is nothing to see in one of the two maps
    /// ([`SaliencyMap::blank`](crate::saliency::SaliencyMap::blank)). Two such maps are alike whatever the
    /// network does, so the row counts in no mean of them and no ranking; in a file its figures of the maps
    /// are empty.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.spearman.is_none()
    }

    /// The row without figures of the maps: no likeness, so that nobody takes them for one.
    #[must_use]
    pub fn blanked(self) -> Self {
        Self {
            agree: 0.0,
            iou: 0.0,
            spearman: None,
            ssim: None,
            emd: 1.0,
            ..self
        }
    }

    /// A figure of the maps, where they have one.
    pub(super) fn of_maps(&self, figure: f64) -> Option<f64> {
        (!self.is_blank()).then_some(figure)
    }

    /// The row as fields, figures to six places, so that the last bits of a sum do not matter.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        // Minus zero would differ from zero in text only.
        let number = |v: f64| format!("{:.6}", if v.abs() < 5e-7 { 0.0 } else { v });
        let maybe = |v: Option<f64>| v.map(number).unwrap_or_default();
        let key = &self.key;
        vec![
            key.picture.clone(),
            key.model.clone(),
            key.shift.clone(),
            self.class.to_string(),
            self.label.clone(),
            number(self.probability),
            self.original_class.to_string(),
            number(self.original_probability),
            self.same().to_string(),
            maybe(self.of_maps(self.agree)),
            maybe(self.of_maps(self.iou)),
            maybe(self.spearman),
            maybe(self.ssim),
            maybe(self.of_maps(self.emd)),
            key.settings.clone(),
            key.picture_sha256.clone(),
            key.model_sha256.clone(),
        ]
    }

    /// The row as a line of a CSV file: see [`csv`].
    pub(super) fn record(&self) -> String {
        let mut fields = self.fields();
        for (field, name) in fields.iter_mut().zip(Self::COLUMNS) {
            if TEXTS.contains(&name) {
                *field = csv::guarded(field);
            }
        }
        csv::record(&fields)
    }

    /// Whether every figure is one that can be.
    ///
    /// # Errors
    /// [`RowError::Range`].
    pub fn check(&self) -> Result<(), RowError> {
        let figures = [
            ("probability", Some(self.probability), 0.0),
            ("original_probability", Some(self.original_probability), 0.0),
            ("agree", Some(self.agree), 0.0),
            ("iou", Some(self.iou), 0.0),
            ("spearman", self.spearman, -1.0),
            ("ssim", self.ssim, -1.0),
            ("emd", Some(self.emd), 0.0),
        ];
        for (column, value, low) in figures {
            let high = 1.0;
            // Rounding in a sum, or to six places, is no fault.
            let fits = |value: f64| (low - SLACK..=high + SLACK).contains(&value);
            if let Some(value) = value.filter(|&value| !fits(value)) {
                return Err(RowError::Range {
                    column,
                    value,
                    low,
                    high,
                });
            }
        }
        Ok(())
    }

    /// The row that [`Self::fields`] wrote.
    ///
    /// # Errors
    /// When there are more or fewer fields, one that should be a number is none, or figures that
    /// cannot be.
    pub fn from_fields(fields: Vec<String>) -> Result<Self, RowError> {
        let got = fields.len();
        let [
            picture,
            model,
            shift,
            class,
            label,
            probability,
            original_class,
            original_probability,
            same,
            agree,
            iou,
            spearman,
            ssim,
            emd,
            settings,
            picture_sha256,
            model_sha256,
        ] = <[String; 17]>::try_from(fields).map_err(|_| RowError::Columns { got })?;
        let spearman = maybe("spearman", &spearman)?;
        // Where there is nothing to see in a map, earlier versions wrote figures all the same.
        let of_maps = |column, value: &str| match (spearman, value) {
            (None, "") => Ok(0.0),
            _ => number(column, value),
        };
        let row = Self {
            class: number("class", &class)?,
            label,
            probability: number("probability", &probability)?,
            original_class: number("original_class", &original_class)?,
            original_probability: number("original_probability", &original_probability)?,
            agree: of_maps("agree", &agree)?,
            iou: of_maps("iou", &iou)?,
            spearman,
            ssim: maybe("ssim", &ssim)?,
            emd: of_maps("emd", &emd)?,
            key: Key {
                picture,
                picture_sha256,
                model,
                model_sha256,
                shift,
                settings,
            },
        };
        row.check()?;
        let row = if row.is_blank() { row.blanked() } else { row };
        // Spreadsheets write it in capitals.
        if !same.eq_ignore_ascii_case(if row.same() { "true" } else { "false" }) {
            return Err(RowError::Same {
                value: same,
                class: row.class,
                original_class: row.original_class,
            });
        }
        Ok(row)
    }
}

/// Figures may be beyond their range by this much.
const SLACK: f64 = 2e-6;

/// The columns that hold text from outside.
const TEXTS: [&str; 7] = [
    "picture",
    "model",
    "shift",
    "label",
    "settings",
    "picture_sha256",
    "model_sha256",
];

fn number<T: std::str::FromStr>(column: &'static str, value: &str) -> Result<T, RowError> {
    value.parse().map_err(|_| RowError::Number {
        column,
        value: value.to_owned(),
    })
}

fn maybe(column: &'static str, value: &str) -> Result<Option<f64>, RowError> {
    if value.is_empty() {
        return Ok(None);
    }
    number(column, value).map(Some)
}

#[cfg(test)]
pub(super) fn example(picture: &str, model: &str, shift: &str) -> Row {
    Row {
        key: Key {
            picture: picture.into(),
            picture_sha256: "p0".into(),
            model: model.into(),
            model_sha256: "m0".into(),
            shift: shift.into(),
            settings: "xrai, delta 10".into(),
        },
        class: 285,
        label: "Egyptian cat".into(),
        probability: 0.5,
        original_class: 282,
        original_probability: 0.25,
        agree: 0.125,
        iou: 0.75,
        spearman: Some(-0.5),
        ssim: None,
        emd: 0.0625,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back() {
        let row = example("a, b.png", "m", "fog:3");
        assert_eq!(row.fields().len(), Row::COLUMNS.len());
        assert_eq!(Row::from_fields(row.fields()), Ok(row));
    }

    #[test]
    fn figures_that_cannot_be_are_refused() {
        for (column, value) in [
            (5, "2"),
            (5, "NaN"),
            (7, "-0.1"),
            (9, "7.5"),
            (9, "inf"),
            (9, "-1"),
            (9, "1e400"),
            (10, "1.1"),
            (11, "-1.5"),
            (12, "NaN"),
            (13, "-inf"),
        ] {
            let mut fields = example("a", "m", "none").fields();
            fields[column] = value.into();
            let error = Row::from_fields(fields).unwrap_err().to_string();
            assert!(
                error.contains(Row::COLUMNS[column]) && error.contains("not from"),
                "{error}"
            );
        }
        for (same, fits) in [
            ("true", false),
            ("maybe", false),
            ("", false),
            ("FALSE", true),
        ] {
            let mut fields = example("a", "m", "none").fields();
            fields[8] = same.into();
            assert_eq!(Row::from_fields(fields).is_ok(), fits, "{same}");
        }
        let mut edge = example("a", "m", "none");
        (edge.agree, edge.emd, edge.spearman) = (1.0, 0.0, Some(-1.0));
        assert!(edge.check().is_ok());
    }

    #[test]
    fn a_row_of_an_empty_map_has_no_figures_in_a_file() {
        let row = example("a", "m", "fog:3").blanked();
        let fields = row.fields();
        for column in [9, 10, 11, 12, 13] {
            assert_eq!(fields[column], "", "{}", Row::COLUMNS[column]);
        }
        assert_eq!(Row::from_fields(fields.clone()), Ok(row.clone()));
        // Earlier versions wrote that such maps agree.
        let mut earlier = fields.clone();
        earlier[9] = "1.000000".into();
        earlier[10] = "1.000000".into();
        earlier[13] = "0.000000".into();
        assert_eq!(Row::from_fields(earlier), Ok(row));
        // Only the figures of maps may be missing, and only all of them.
        let mut half = example("a", "m", "fog:3").fields();
        half[9] = String::new();
        assert!(Row::from_fields(half).is_err());
    }

    #[test]
    fn what_is_no_row_is_said() {
        let mut fields = example("a", "m", "none").fields();
        fields[9] = "many".into();
        let error = Row::from_fields(fields.clone()).unwrap_err();
        assert_eq!(error.to_string(), "agree is \"many\", which is no number");
        fields.pop();
        let error = Row::from_fields(fields).unwrap_err().to_string();
        assert_eq!(error, "it has 16 columns instead of 17");
    }
}
