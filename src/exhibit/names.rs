//! Names for boards on a screen that nobody watches: generated, or three letters from a wheel, with a
//! filter. No visitor types free text.

/// Three letters that are rude in English, German, French, Spanish, Italian, Dutch, Portuguese, Polish,
/// Swedish or Turkish, or stand for something nobody wants on a wall.
const REFUSED: &str = "ANL ANO ARS ASS AZZ BCH BJS BRA BUM CAC CCK CHJ CLT CNT COC COK COU CUL CUM \
CUN CUS CUZ DCK DIC DIK DIX DKH DMN FAE FAG FAN FAP FCK FEL FIC FIG FIK FKK FKU FOT FUC FUD FUK FUX FVC FVK \
GAY GEI GEY GIT GOD GOO GTA HEI HOE HOR HUI HUR IBN IRA ISI JAP JEB JEW JIS JIZ JUD KAC KAK KAZ KEA KIK KKK KLT KNT \
KOC KOK KOS KOX KUK KUN KUR KUT KYS LES LGT LIK LUL LUT MDR MER MET MIE MRD MUF NAZ NEG NGR NIG NIK NIP NPD NSU \
NUT OMG ORL OSS PAJ PCP PED PEE PEN PET PHK PIC PIK PIS PIT PIX PIZ PKK PMS PND POM POO POT PQP PRK PTE PUD PUS PUT \
QAF QUE RAP RCT REG RIM SAC SAU SCH SEX SHT SIC SIK SLT SMS SOB SPC SPK SSS STD SUC SUK SUX SVP SXX TAI TET TIT TNT \
TOA TTT TWT UKU USU VAG VAI VAJ VIO VIX VNK VOT VTT WAF WAN WAT WGG WNK WOG WOP WTF XTC XXX YID ZIO ZIZ ZOB";

/// Signs that stand for a letter.
fn letter(sign: char) -> char {
    match sign.to_ascii_uppercase() {
        '0' => 'O',
        '1' | '!' | '|' => 'I',
        '3' => 'E',
        '4' | '@' => 'A',
        '5' | '$' => 'S',
        '7' => 'T',
        'V' => 'V',
        other => other,
    }
}

/// Three capital letters as they stand on the board; `None` for what is no such name or is refused.
#[must_use]
pub fn initials(text: &str) -> Option<String> {
    let name: String = text.trim().chars().map(letter).collect();
    let fits = name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_uppercase());
    // U and V look alike on a wall.
    let other = name.replace('V', "U");
    let bad = |name: &str| REFUSED.split_whitespace().any(|refused| refused == name);
    (fits && !bad(&name) && !bad(&other)).then_some(name)
}

/// A generated name, such as `Otter 27`: one of `words` (separated by commas, as the text `names` has
/// them) and a number from 10 to 99. `seed` decides which.
#[must_use]
pub fn generated(words: &str, seed: u64) -> String {
    let words: Vec<&str> = words
        .split(',')
        .map(str::trim)
        .filter(|w| !w.is_empty())
        .collect();
    let [first, second, ..] = crate::guess::crowd::shuffled(seed, words.len().max(90))[..] else {
        return "1".to_owned();
    };
    let word = words.get(first % words.len().max(1)).copied().unwrap_or("");
    format!("{word} {}", 10 + second % 90).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::{Texts, built_in};

    #[test]
    fn rude_letters_do_not_pass_in_any_writing() {
        let mut passed = Vec::new();
        for bad in REFUSED.split_whitespace() {
            assert_eq!(bad.len(), 3);
            for written in [
                bad.to_owned(),
                bad.to_lowercase(),
                bad.replace('O', "0").replace('I', "1").replace('S', "5"),
            ] {
                passed.extend(initials(&written));
            }
        }
        assert_eq!(passed, [""; 0]);
        for bad in [
            "FVC", "FuK", "4SS", "k0k", "", "AB", "ABCD", "A B", "\u{c4}BC",
        ] {
            assert_eq!(initials(bad), None, "{bad}");
        }
    }

    #[test]
    fn hardly_any_name_is_blocked() {
        assert_eq!(initials(" ada "), Some("ADA".to_owned()));
        let (mut all, mut blocked) = (0, 0);
        for a in 'A'..='Z' {
            for b in 'A'..='Z' {
                for c in 'A'..='Z' {
                    all += 1;
                    blocked += usize::from(initials(&format!("{a}{b}{c}")).is_none());
                }
            }
        }
        println!("{blocked} of {all} refused");
        assert!(blocked * 50 < all, "{blocked} of {all}");
        for name in [
            "BEN", "EVA", "IDA", "JAN", "KAI", "LEA", "LEO", "MAX", "MIA", "TIM", "TOM", "ZOE",
            "ANA", "IAN", "AMY", "BOB", "EMA", "ALI", "NOA", "PIA",
        ] {
            assert!(initials(name).is_some(), "{name}");
        }
    }

    #[test]
    fn generated_names_are_words_of_the_language_and_differ() {
        for language in built_in() {
            let words = Texts::new(language, None).get("names", &[]);
            let names: std::collections::HashSet<String> =
                (0..200).map(|seed| generated(&words, seed)).collect();
            assert!(names.len() > 150, "{language}: {}", names.len());
            for name in names {
                let (word, number) = name.rsplit_once(' ').unwrap();
                assert!(words.contains(word) && (10..100).contains(&number.parse().unwrap()));
            }
        }
        assert!(!generated("", 1).is_empty());
    }
}
