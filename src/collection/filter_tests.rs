use super::super::NO_WORD;
use super::*;

const FILES: [&str; 5] = [
    "cat/a 1.jpg",
    "cat/b.jpg",
    "dog/c.jpg",
    "dog/A 2.jpg",
    "x:y.jpg",
];

fn columns() -> Columns {
    let mut columns = Columns::new(5);
    let mut add = |name: &str, words: &[&str], values: Values| {
        let column = Column {
            name: name.to_owned(),
            words: words.iter().map(|w| (*w).to_owned()).collect(),
            values,
        };
        columns.add(column).unwrap();
    };
    let classes = ["tabby, tabby cat", "tiger cat", "cat"];
    add(
        "label",
        &["cat", "dog"],
        Values::Words(vec![0, 0, 1, 1, NO_WORD]),
    );
    add(
        "one class",
        &classes,
        Values::Words(vec![0, 1, 2, 0, NO_WORD]),
    );
    add("two class", &classes, Values::Words(vec![2, 2, 2, 2, 2]));
    let margins = vec![0.1, 0.2, 0.3, f32::NAN, -1.0];
    add("one margin", &[], Values::Figures(margins));
    add(
        "one grad-cam centre x",
        &[],
        Values::Figures(vec![0.0, 0.25, 0.5, 0.75, 1.0]),
    );
    columns
}

fn rows(text: &str) -> Result<Vec<usize>, FilterError> {
    let columns = columns();
    let names = Names::new(FILES);
    let selected = |name: &str| {
        if name == "my own" {
            return Ok(Bits::of(5, |row| row > 2));
        }
        Err(FilterError::Selection(format!(
            "there is no saved selection {name:?}"
        )))
    };
    let terms = parse(text, &columns, &names, &selected)?;
    Ok(columns.filter(&terms).iter().collect())
}

#[test]
fn parts_are_texts_words_numbers_and_selections() {
    for (text, want) in [
        ("", vec![0, 1, 2, 3, 4]),
        ("  cat ", vec![0, 1]),
        ("cat jpg", vec![0, 1]),
        ("\"a 1\"", vec![0]),
        ("a", vec![0, 1, 3]),
        ("-cat", vec![2, 3, 4]),
        ("\"x:y\"", vec![4]),
        ("label:dog", vec![2, 3]),
        ("label:DOG,none", vec![2, 3, 4]),
        ("-label:dog", vec![0, 1, 4]),
        // The word itself, then those that hold it.
        ("one_class:cat", vec![2]),
        ("\"one class\":tabby", vec![0, 3]),
        ("\"one class\":\"tabby, tabby cat\",tiger", vec![0, 1, 3]),
        ("margin<0.2", vec![0, 4]),
        ("margin<=0.2", vec![0, 1, 4]),
        ("margin>0.2", vec![2]),
        ("margin>=0.2", vec![1, 2]),
        ("margin=0.1..0.2", vec![0, 1]),
        ("margin=0.3", vec![2]),
        ("margin:none", vec![3]),
        ("-margin:none", vec![0, 1, 2, 4]),
        ("-margin>0", vec![3, 4]),
        ("centre_x>0.4 label:dog", vec![2, 3]),
        ("in:\"my own\" dog", vec![3]),
        ("-in:\"my own\"", vec![0, 1, 2]),
    ] {
        assert_eq!(rows(text).unwrap(), want, "{text}");
    }
}

#[test]
fn what_is_not_understood_is_told_in_a_line() {
    for (text, says) in [
        ("\"cat", "does not end"),
        (
            "colour:red",
            "no column \"colour\"; there are label, one class",
        ),
        ("class:cat", "several columns: one class, two class"),
        ("label:horse", "label is never \"horse\"; it is cat, dog"),
        ("label:", "never"),
        ("label<3", "say label:cat"),
        ("margin:high", "one margin is a number"),
        ("margin<", "is a number"),
        ("margin=nan", "is a number"),
        ("margin<>1", "is a number"),
        ("in:other", "no saved selection \"other\""),
    ] {
        let error = rows(text).unwrap_err().to_string();
        assert!(
            error.contains(says) && !error.contains('\n'),
            "{text}: {error}"
        );
    }
}

#[test]
fn long_lists_are_cut() {
    let words: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    let text = named(words.iter().map(String::as_str));
    assert!(text.ends_with("11 and 18 more"), "{text}");
}
