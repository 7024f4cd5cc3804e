//! A canvas, its score and the device's copy whatever is done to them.

use super::*;
use crate::guess::{BandShares, HISTORY_LIMIT, score};
use ndarray::Array2;
use rand::{RngExt, SeedableRng, rngs::StdRng};

fn board(height: usize, width: usize) -> Board {
    let map = Array2::from_shape_fn((height, width), |(y, x)| {
        -((y as f32 - 20.0).hypot(x as f32 - 30.0))
    });
    let answer = Answer::of("m", map.view(), BandShares::default()).unwrap();
    Board::new(Arc::new(answer))
}

/// The device's copy, made from the stamps alone.
struct Copy(Painting);

impl Copy {
    fn take(&mut self, stamps: Vec<Stamp>) {
        let (height, width) = (self.0.height(), self.0.width());
        for stamp in stamps {
            let rows = match stamp.shape {
                Shape::Brush(capsule) => capsule.rows(height, width),
                Shape::Block { from, to } => (from[1]..to[1])
                    .map(|y| (y as usize, from[0] as usize, to[0] as usize))
                    .collect(),
            };
            for (y, first, end) in rows {
                for x in first..end {
                    self.0.set(y * width + x, stamp.band);
                }
            }
        }
    }
}

#[test]
fn painting_score_and_device_stay_equal_whatever_is_done() {
    let (height, width) = (48, 64);
    let mut board = board(height, width);
    let labels = Array2::from_shape_fn((height, width), |(y, x)| (y / 9 * 8 + x / 9) as u32);
    let regions = Regions::new(labels.view()).unwrap();
    let mut copy = Copy(Painting::empty(height, width));
    let mut rng = StdRng::seed_from_u64(5);
    for _ in 0..400 {
        let band = Band::from_label(rng.random_range(0..5));
        let mut place = || {
            (
                rng.random_range(-5.0..69.0f32),
                rng.random_range(-5.0..53.0f32),
            )
        };
        let (from, to, then) = (place(), place(), place());
        match rng.random_range(0..12) {
            0..=4 => {
                board.begin(from, rng.random_range(0.0..8.0), band);
                board.line_to(to);
                board.line_to(then);
                board.end();
            }
            5 | 6 => {
                board.fill(&regions, rng.random_range(0..regions.len()), band);
            }
            7 | 8 => {
                board.undo();
            }
            9 => {
                board.redo();
            }
            10 => {
                let before = board.painting().clone();
                board.begin(from, 4.0, band);
                board.line_to(to);
                board.abandon();
                assert_eq!(board.painting(), &before);
            }
            _ => board.clear(),
        }
        copy.take(board.take_stamps());
        assert_eq!(&copy.0, board.painting());
        assert_eq!(
            board.score(),
            score(board.painting(), board.answer()).unwrap()
        );
    }
    let mut fresh = Copy(Painting::empty(height, width));
    fresh.take(board.all_stamps());
    assert_eq!(&fresh.0, board.painting());
    while board.undo() {}
    assert_eq!(board.steps().0, 0);
}

#[test]
fn a_fast_stroke_leaves_no_gap() {
    let mut board = board(60, 200);
    board.begin((5.0, 30.0), 3.0, Some(Band::Red));
    board.line_to((195.0, 31.0));
    board.end();
    assert!((5..195).all(|x| board.painting().get(30 * 200 + x) == Some(Band::Red)));
    assert_eq!(board.steps(), (1, 0));
    assert!(board.undo() && board.is_blank());
}

#[test]
fn ten_thousand_strokes_hold_at_most_32_megabytes() {
    let mut board = board(300, 400);
    let mut rng = StdRng::seed_from_u64(6);
    for n in 0..10_000_u32 {
        let mut place = || {
            (
                rng.random_range(0.0..400.0f32),
                rng.random_range(0.0..300.0f32),
            )
        };
        let (from, to) = (place(), place());
        board.begin(from, 6.0, Band::from_label((n % 5) as u8));
        board.line_to(to);
        board.end();
        board.take_stamps();
        assert!(board.history_bytes() <= HISTORY_LIMIT);
    }
    assert!(board.steps().0 > 1000, "{:?}", board.steps());
    let before = board.painting().clone();
    // What was undone is held within the same bound.
    assert!((0..200).all(|_| board.undo()));
    assert!(board.history_bytes() <= HISTORY_LIMIT);
    assert!((0..200).all(|_| board.redo()));
    assert_eq!(board.painting(), &before);
}

#[test]
fn undoing_the_clearing_of_a_full_canvas_is_told_in_one_stamp() {
    let mut board = board(300, 400);
    board.begin((200.0, 150.0), 900.0, Some(Band::Red));
    board.end();
    board.clear();
    board.take_stamps();
    assert!(board.undo());
    let whole = Stamp::all(300, 400, Some(Band::Red));
    assert_eq!(board.take_stamps(), [whole]);
    assert_eq!(
        board.all_stamps(),
        [Stamp::all(300, 400, None), whole],
        "a new device gets it in as few"
    );
    assert!(board.history_bytes() < 40_000);
}

#[test]
fn another_answer_takes_the_painting_over() {
    let mut board = board(48, 64);
    board.begin((30.0, 20.0), 6.0, Some(Band::Yellow));
    board.end();
    let map = Array2::from_shape_fn((48, 64), |(y, x)| (y * 64 + x) as f32);
    let other = Answer::of("n", map.view(), BandShares::default()).unwrap();
    board.against(Arc::new(other)).unwrap();
    assert_eq!(
        board.score(),
        score(board.painting(), board.answer()).unwrap()
    );
    assert!(board.undo() && board.is_blank());
    let small = Array2::from_shape_fn((24, 32), |(y, x)| (y * 32 + x) as f32);
    let small = Answer::of("s", small.view(), BandShares::default()).unwrap();
    assert!(board.against(Arc::new(small)).is_err());
}
