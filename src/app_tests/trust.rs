//! "See why": the checks of the map, and the truth that lies beside the picture.

use image::{GrayImage, Luma};

use super::harness::Program;
use crate::tabs::look::{Ask, Asks, Look, Status, Trust};

fn done(program: &mut Program) {
    program.until("the map", |world| {
        world.resource::<Look>().status == Status::Done
    });
}

fn ask(program: &mut Program, ask: Ask) {
    program.get_mut::<Asks>().push(ask);
    program.frames(2);
}

fn checked(program: &mut Program) {
    program.until("the verdict", |world| {
        matches!(
            world.resource::<Look>().trust,
            Trust::Checked(_) | Trust::Failed(_)
        )
    });
}

#[test]
fn a_map_is_checked_by_the_network_itself() {
    let mut program = Program::start();
    done(&mut program);
    assert_eq!(program.get::<Look>().trust, Trust::Unasked);
    ask(&mut program, Ask::CheckMap);
    checked(&mut program);
    let Trust::Checked(card) = &program.get::<Look>().trust else {
        panic!("{:?}", program.get::<Look>().trust);
    };
    assert!(card.verdict.reasons.len() >= 3, "{:?}", card.verdict);
    assert!(card.verdict.reasons[0].contains("area"));
    assert_eq!(card.pixels.len(), 2);
    for line in &card.pixels {
        assert_eq!(line.values.len(), 7);
        let within = |v: &Option<f64>| v.is_some_and(|v| (0.0..=1.0).contains(&v));
        assert!(line.values.iter().all(within), "{line:?}");
    }
    // From the whole picture on both curves tell the same network's sureness.
    let (whole, sharp) = (card.pixels[0].values[0], card.pixels[1].values[6]);
    assert!((whole.unwrap() - sharp.unwrap()).abs() < 1e-5);
    // Another map was not checked.
    ask(&mut program, Ask::Explain(3));
    done(&mut program);
    program.frames(2);
    assert_eq!(program.get::<Look>().trust, Trust::Unasked);
}

#[test]
fn a_check_that_is_stopped_says_nothing() {
    let mut program = Program::start();
    done(&mut program);
    ask(&mut program, Ask::CheckMap);
    ask(&mut program, Ask::StopCheck);
    program.rest();
    assert_eq!(program.get::<Look>().trust, Trust::Unasked);
}

#[test]
fn a_mask_beside_the_picture_is_held_against_the_map() {
    let mut program = Program::start();
    done(&mut program);
    assert_eq!(program.get::<Look>().said, None);
    let path = program.picture("mine.png", 33);
    let left = GrayImage::from_fn(32, 24, |x, _| Luma([u8::from(x < 16)]));
    left.save(program.file("mine_mask.png")).unwrap();
    program.drop(&[path]);
    program.until("the figures", |world| {
        let said = world.resource::<Look>().said.as_ref();
        said.is_some_and(|said| said.facts.len() == 3)
    });
    let said = program.get::<Look>().said.clone().unwrap();
    assert_eq!((said.file.as_str(), said.remark), ("mine_mask.png", None));
    assert_eq!(said.outline.len(), 4, "a box");
    assert!(
        said.facts[2].value.ends_with("chance 50.0 %"),
        "{:?}",
        said.facts
    );
    // Another picture has none.
    let dog = program.index("Dog");
    ask(&mut program, Ask::Choose(dog));
    done(&mut program);
    assert_eq!(program.get::<Look>().said, None);

    // A mask of another size is told.
    GrayImage::new(5, 5)
        .save(program.file("other_mask.png"))
        .unwrap();
    let path = program.picture("other.png", 44);
    program.drop(&[path]);
    program.until("the trouble", |world| {
        let said = world.resource::<Look>().said.as_ref();
        said.is_some_and(|said| said.remark.is_some())
    });
    let said = program.get::<Look>().said.clone().unwrap();
    assert!(said.remark.unwrap().contains("5 x 5") && said.facts.is_empty());
}
