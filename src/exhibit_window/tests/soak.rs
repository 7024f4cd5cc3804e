//! Visit after visit at the screen: what the process holds must not grow.

use super::*;

/// Visits, where `SALISCOPE_VISITS` does not say.
const VISITS: usize = 12;
/// Fewer visits tell nothing of memory.
const ENOUGH: usize = 1000;

/// Memory of this process, in MB.
fn memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1000.0)
}

/// How much `values` grow from one to the next, by least squares.
fn slope(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let (x, y) = ((n - 1.0) / 2.0, values.iter().sum::<f64>() / n);
    let (mut product, mut square) = (0.0, 0.0);
    for (i, value) in values.iter().enumerate() {
        let off = i as f64 - x;
        product += off * (value - y);
        square += off * off;
    }
    product / square.max(f64::MIN_POSITIVE)
}

impl Table {
    /// Presses the first of these that is offered.
    fn lead_on(&mut self, wanted: &[Action]) {
        let offers = self.room.shell().offers();
        let on = |action: &&Action| {
            offers
                .iter()
                .any(|offer| offer.action == **action && offer.on != Some(true))
        };
        let action = wanted.iter().find(on).cloned();
        let action = action.unwrap_or_else(|| panic!("none of {wanted:?} in {offers:?}"));
        self.room.by_proxy(action, self.now);
        self.frame(Vec::new());
    }

    /// One visit from the first touch to the start again.
    fn visit_once(&mut self, leaves: bool) {
        self.tap(pos2(900.0, 500.0));
        self.lead_on(&[Action::SkipTutorial]);
        self.lead_on(&[Action::Next]);
        self.lead_on(&[Action::Part(5)]);
        if leaves {
            self.lead_on(&[Action::Home]);
            return;
        }
        self.lead_on(&[Action::Reveal]);
        self.lead_on(&[Action::Skip]);
        self.lead_on(&[Action::Next]);
        assert_eq!(self.visit().screen, Screen::Results);
        self.lead_on(&[Action::Home]);
    }
}

#[test]
fn the_slope_of_a_line_is_its_slope() {
    assert!((slope(&[1.0, 3.0, 5.0, 7.0]) - 2.0).abs() < 1e-12);
    assert!(slope(&[4.0; 9]).abs() < 1e-12);
}

#[test]
fn visit_after_visit_the_screen_holds_the_same() {
    let wanted = std::env::var("SALISCOPE_VISITS").ok();
    let visits = wanted.map_or(VISITS, |n| n.parse().unwrap());
    let mut table = wide("[play]\nrounds = 1\n", &["en"]);
    let (mut textures, mut nodes, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for visit in 0..visits {
        table.visit_once(visit % 3 == 2);
        assert!(table.room.is_fresh(), "visit {visit}");
        table.frame(Vec::new());
        textures.push(table.ctx.tex_manager().read().num_allocated());
        nodes.push(table.tree.len());
        held.extend(memory());
        // What a real one keeps elsewhere is not kept here.
        table.behind.asked.lock().unwrap().clear();
    }
    // All seven pictures were there after the first visits; the screen is the start's each time.
    let warm = visits / 2;
    let most = textures[..warm].iter().max().unwrap();
    assert!(textures[warm..].iter().all(|n| n <= most), "{textures:?}");
    assert!(nodes.iter().all(|n| *n == nodes[0]), "{nodes:?}");
    if visits >= ENOUGH && held.len() == visits {
        let grows = 1000.0 * slope(&held[warm..]);
        println!("{visits} visits: {grows:.3} MB in a thousand");
        assert!(grows < 1.0, "{grows} MB in a thousand visits");
    }
}
