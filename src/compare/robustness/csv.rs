//! Comma-separated values as in RFC 4180, and what of them survives a kill.

/// One record as a line with its line break; fields with commas, quotes or line breaks are quoted.
pub fn record(fields: &[String]) -> String {
    let mut line = String::new();
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            line.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) {
            line.push('"');
            line.push_str(&field.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(field);
        }
    }
    line.push('\n');
    line
}

/// The whole records of `text`, and the bytes they take: a record that does not end in a line
/// break was cut short and is left out.
pub fn records(text: &str) -> (Vec<Vec<String>>, usize) {
    let mut records = Vec::new();
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut whole = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.next_if(|(_, c)| *c == '"').is_some() => field.push('"'),
            (true, '"') => quoted = false,
            (false, '"') => quoted = true,
            (false, ',') => fields.push(std::mem::take(&mut field)),
            (false, '\r') => {}
            (false, '\n') => {
                fields.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut fields));
                whole = at + 1;
            }
            (_, c) => field.push(c),
        }
    }
    (records, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_whatever_is_in_them() {
        let rows = [
            vec!["a".to_owned(), String::new(), "1.5".to_owned()],
            vec!["x,\"y\"\nz".to_owned(), "\"".to_owned(), " ".to_owned()],
        ];
        let text: String = rows.iter().map(|r| record(r)).collect();
        assert_eq!(records(&text), (rows.to_vec(), text.len()));
    }

    #[test]
    fn what_was_cut_short_is_left_out() {
        let text = "a,b\nc,d\n";
        for cut in 0..text.len() {
            let (rows, whole) = records(&text[..cut]);
            assert_eq!(rows.len(), cut / 4);
            assert_eq!(whole, cut / 4 * 4);
        }
        assert_eq!(records("\"a\nb").0.len(), 0);
    }
}
