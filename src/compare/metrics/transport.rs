//! The transportation problem: carry amounts from some places to others at the least cost.
//!
//! Successive shortest paths with potentials (Edmonds and Karp 1972; in this dense, one source
//! at a time form it is the method of Jonker and Volgenant 1987 with amounts). Amounts are whole
//! numbers, so the search ends exactly.

/// An amount of something at a place in the plane.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Across.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// How much of it, at least 1.
    pub amount: u64,
}

/// The least sum of amount times distance that carries all of `from` to all of `to`. The totals
/// of both should be equal; what one side has too much stays where it is.
pub fn least_cost(from: &[Place], to: &[Place]) -> f64 {
    let mut search = Search::new(from, to);
    for source in 0..from.len() {
        while search.supply[source] > 0 && search.carry(source) {}
    }
    search.cost()
}

struct Search {
    sources: usize,
    sinks: usize,
    /// Straight distance, by source and sink.
    distance: Vec<f64>,
    /// Amount carried, by sink and source.
    flow: Vec<u64>,
    supply: Vec<u64>,
    demand: Vec<u64>,
    /// Potentials: `distance - source_price - sink_price >= 0`, and 0 where something is carried.
    source_price: Vec<f64>,
    sink_price: Vec<f64>,
}

impl Search {
    fn new(from: &[Place], to: &[Place]) -> Self {
        Self {
            sources: from.len(),
            sinks: to.len(),
            distance: from
                .iter()
                .flat_map(|f| to.iter().map(|t| (f.x - t.x).hypot(f.y - t.y)))
                .collect(),
            flow: vec![0; from.len() * to.len()],
            supply: from.iter().map(|p| p.amount).collect(),
            demand: to.iter().map(|p| p.amount).collect(),
            source_price: vec![0.0; from.len()],
            sink_price: vec![0.0; to.len()],
        }
    }

    /// Carries as much as possible from `source` along the shortest path to a sink that wants
    /// more; false when there is none.
    fn carry(&mut self, source: usize) -> bool {
        let mut reached: Vec<Option<f64>> = vec![None; self.sources];
        let mut came_from_sink = vec![usize::MAX; self.sources];
        let mut length = vec![f64::INFINITY; self.sinks];
        let mut came_from_source = vec![source; self.sinks];
        let mut done = vec![false; self.sinks];
        reached[source] = Some(0.0);
        let mut fresh = vec![(source, 0.0)];
        let (end, total) = loop {
            for (s, so_far) in fresh.drain(..) {
                let row = &self.distance[s * self.sinks..(s + 1) * self.sinks];
                for (t, &d) in row.iter().enumerate() {
                    let way = so_far + (d - self.source_price[s] - self.sink_price[t]).max(0.0);
                    if way < length[t] {
                        length[t] = way;
                        came_from_source[t] = s;
                    }
                }
            }
            let nearest = (0..self.sinks)
                .filter(|&t| !done[t])
                .min_by(|&s, &t| length[s].total_cmp(&length[t]));
            let Some(t) = nearest.filter(|&t| length[t].is_finite()) else {
                return false;
            };
            if self.demand[t] > 0 {
                break (t, length[t]);
            }
            done[t] = true;
            // What this sink got could have come from elsewhere: back along what is carried.
            for s in 0..self.sources {
                if reached[s].is_none() && self.flow[t * self.sources + s] > 0 {
                    reached[s] = Some(length[t]);
                    came_from_sink[s] = t;
                    fresh.push((s, length[t]));
                }
            }
        };
        for (price, reached) in self.source_price.iter_mut().zip(&reached) {
            if let Some(way) = reached {
                *price += total - way;
            }
        }
        for t in (0..self.sinks).filter(|&t| done[t]) {
            self.sink_price[t] -= total - length[t];
        }
        // The bottleneck, then the amounts along the path.
        let mut amount = self.supply[source].min(self.demand[end]);
        self.walk(
            source,
            end,
            &came_from_source,
            &came_from_sink,
            |flow, back| {
                if back {
                    amount = amount.min(*flow);
                }
            },
        );
        self.walk(
            source,
            end,
            &came_from_source,
            &came_from_sink,
            |flow, back| {
                *flow = if back { *flow - amount } else { *flow + amount };
            },
        );
        self.supply[source] -= amount;
        self.demand[end] -= amount;
        true
    }

    /// Visits the flows along the path that ends in sink `end`, saying which are taken back.
    fn walk(
        &mut self,
        source: usize,
        end: usize,
        came_from_source: &[usize],
        came_from_sink: &[usize],
        mut visit: impl FnMut(&mut u64, bool),
    ) {
        let mut t = end;
        loop {
            let s = came_from_source[t];
            visit(&mut self.flow[t * self.sources + s], false);
            if s == source {
                return;
            }
            t = came_from_sink[s];
            visit(&mut self.flow[t * self.sources + s], true);
        }
    }

    fn cost(&self) -> f64 {
        let mut cost = 0.0;
        for s in 0..self.sources {
            for t in 0..self.sinks {
                cost += self.flow[t * self.sources + s] as f64 * self.distance[s * self.sinks + t];
            }
        }
        cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(x: f64, y: f64, amount: u64) -> Place {
        Place { x, y, amount }
    }

    #[test]
    fn nothing_costs_nothing() {
        assert_eq!(least_cost(&[], &[]), 0.0);
    }

    #[test]
    fn an_early_choice_is_taken_back_when_a_better_one_appears() {
        // The first source would take the near sink; the best has the second take it.
        let from = [place(0.0, 0.0, 2), place(1.0, 0.0, 2)];
        let to = [place(1.0, 1.0, 2), place(-2.0, 0.0, 2)];
        assert!((least_cost(&from, &to) - (2.0 * 1.0 + 2.0 * 2.0)).abs() < 1e-12);
    }

    #[test]
    fn on_a_line_it_is_the_difference_of_the_sums() {
        // On a line the least cost is the sum of |cumulative from - cumulative to|.
        let mut from: Vec<Place> = (0..20)
            .map(|i| place(i as f64, 0.0, (i * 7 % 5 + 1) as u64))
            .collect();
        let to: Vec<Place> = (0..20)
            .map(|i| place(i as f64, 0.0, (i * 3 % 7 + 1) as u64))
            .collect();
        let total = |p: &[Place]| p.iter().map(|p| p.amount).sum::<u64>();
        assert!(total(&to) > total(&from));
        from[3].amount += total(&to) - total(&from);
        let mut want = 0.0;
        let mut sum = 0i64;
        for (f, t) in from.iter().zip(&to) {
            sum += f.amount as i64 - t.amount as i64;
            want += sum.abs() as f64;
        }
        assert!((least_cost(&from, &to) - want).abs() < 1e-9);
    }
}
