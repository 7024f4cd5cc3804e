//! Sets of rows, a bit each.

/// Which of so many rows are in a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    rows: usize,
}

impl Bits {
    /// None of `rows` rows.
    #[must_use]
    pub fn none(rows: usize) -> Self {
        Self {
            words: vec![0; rows.div_ceil(64)],
            rows,
        }
    }

    /// All of `rows` rows.
    #[must_use]
    pub fn all(rows: usize) -> Self {
        Self::of(rows, |_| true)
    }

    /// The rows for which `is_in` is true.
    #[must_use]
    pub fn of(rows: usize, is_in: impl Fn(usize) -> bool) -> Self {
        let word = |at: usize| {
            let end = (rows - at * 64).min(64);
            (0..end).fold(0, |word, bit| {
                word | (u64::from(is_in(at * 64 + bit)) << bit)
            })
        };
        Self {
            words: (0..rows.div_ceil(64)).map(word).collect(),
            rows,
        }
    }

    /// The rows whose value passes, of one value a row.
    #[must_use]
    pub fn passing<T: Copy>(values: &[T], passes: impl Fn(T) -> bool) -> Self {
        let word = |values: &[T]| {
            let bits = values.iter().enumerate();
            bits.fold(0, |word, (bit, &value)| {
                word | (u64::from(passes(value)) << bit)
            })
        };
        Self {
            words: values.chunks(64).map(word).collect(),
            rows: values.len(),
        }
    }

    /// Number of rows that may be in it.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of rows that are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Whether no row is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Whether that row is; false for one that does not exist.
    #[must_use]
    pub fn contains(&self, row: usize) -> bool {
        let word = self.words.get(row / 64).copied().unwrap_or(0);
        word >> (row % 64) & 1 == 1
    }

    /// Puts a row in or takes it out; one that does not exist is passed over.
    pub fn set(&mut self, row: usize, is_in: bool) {
        if row >= self.rows {
            return;
        }
        if let Some(word) = self.words.get_mut(row / 64) {
            let bit = 1 << (row % 64);
            if is_in {
                *word |= bit;
            } else {
                *word &= !bit;
            }
        }
    }

    /// Those in both.
    pub fn intersect(&mut self, other: &Self) {
        self.combine(other, |a, b| a & b);
    }

    /// Those in either.
    pub fn unite(&mut self, other: &Self) {
        self.combine(other, |a, b| a | b);
    }

    /// Those that are not in the other.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, |a, b| a & !b);
    }

    fn combine(&mut self, other: &Self, with: impl Fn(u64, u64) -> u64) {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        for (word, other) in self.words.iter_mut().zip(others) {
            *word = with(*word, other);
        }
        // The other may know of more rows.
        if let (Some(last), rest @ 1..) = (self.words.last_mut(), self.rows % 64) {
            *last &= (1 << rest) - 1;
        }
    }

    /// The rows in it, in their order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros() as usize;
                    left &= left - 1;
                    at * 64 + bit
                })
            })
        })
    }

    /// The words, the lowest bit of the first is row 0.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_those_of_a_plain_loop() {
        for rows in [0, 1, 63, 64, 65, 200] {
            let (twos, threes) = (
                Bits::of(rows, |n| n.is_multiple_of(2)),
                Bits::of(rows, |n| n.is_multiple_of(3)),
            );
            let rows_of = |bits: &Bits| bits.iter().collect::<Vec<_>>();
            let want =
                |is_in: &dyn Fn(usize) -> bool| (0..rows).filter(|&n| is_in(n)).collect::<Vec<_>>();
            let mut both = twos.clone();
            both.intersect(&threes);
            assert_eq!(rows_of(&both), want(&|n| n % 6 == 0));
            let mut either = twos.clone();
            either.unite(&threes);
            assert_eq!(rows_of(&either), want(&|n| n % 2 == 0 || n % 3 == 0));
            let mut rest = Bits::all(rows);
            rest.subtract(&twos);
            assert_eq!(rows_of(&rest), want(&|n| n % 2 == 1));
            assert_eq!(rest.len() + twos.len(), rows);
            assert_eq!(Bits::none(rows).len(), 0);
            let values: Vec<u16> = (0..rows as u16).collect();
            assert_eq!(Bits::passing(&values, |n| n % 3 == 0), threes);
            either.unite(&Bits::all(500));
            assert_eq!((either.len(), either.rows()), (rows, rows));
        }
        let mut few = Bits::none(70);
        few.set(69, true);
        few.set(70, true);
        assert!(few.contains(69) && !few.contains(70) && few.len() == 1);
        few.set(69, false);
        assert!(few.is_empty());
    }
}
