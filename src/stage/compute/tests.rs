//! Each pass against its twin, on software Vulkan, over random maps and sizes.

use std::sync::OnceLock;

use image::{Rgb, RgbImage};
use ndarray::{Array2, ArrayView2};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::compare::{average, average_colours};

fn gpu() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| Gpu::alone(cfg!(not(target_os = "macos"))).unwrap())
}

fn random_map(rows: usize, columns: usize, random: &mut StdRng) -> Array2<f32> {
    Array2::from_shape_simple_fn((rows, columns), || random.random_range(-1.0..3.0))
}

fn random_colours(rows: usize, columns: usize, random: &mut StdRng) -> RgbImage {
    RgbImage::from_fn(columns as u32, rows as u32, |_, _| Rgb(random.random()))
}

/// Fails where `got` is further than 1e-6 of the largest value from `want`.
fn assert_near(got: &Array2<f32>, want: &Array2<f32>, largest: f32, what: &str) {
    let apart = ndarray::Zip::from(got)
        .and(want)
        .fold(0.0_f32, |most, got, want| most.max((got - want).abs()));
    assert!(apart <= 1e-6 * largest, "{what}: {apart} apart");
}

#[test]
fn averages_are_those_of_the_twin() {
    let mut random = StdRng::seed_from_u64(3);
    let pass = AveragePass::new(gpu());
    for (rows, columns, count, layers) in [
        (1, 1, 1, 8),
        (17, 33, 2, 8),
        (61, 97, 23, 8),
        (64, 48, 200, 2048),
        (40, 50, 300, 256),
    ] {
        let maps: Vec<_> = (0..count)
            .map(|_| random_map(rows, columns, &mut random))
            .collect();
        let views: Vec<ArrayView2<'_, f32>> = maps.iter().map(|map| map.view()).collect();
        let stack = MapStack::with_layers(gpu(), &views, layers).unwrap();
        assert_eq!(stack.len(), count);
        for every in [1, 3] {
            let ticks: Vec<bool> = (0..count).map(|map| map % every == 0).collect();
            let ticked: Vec<(&str, ArrayView2<'_, f32>)> = views
                .iter()
                .zip(&ticks)
                .filter(|(_, tick)| **tick)
                .map(|(view, _)| ("random", *view))
                .collect();
            let want = average(&ticked).unwrap();
            let got = pass.average(gpu(), &stack, &ticks).unwrap();
            let what = format!("{count} of {rows} x {columns}, every {every}");
            assert_eq!(got.maps, want.maps, "{what}");
            assert_near(&got.mean, &want.mean, 3.0, &what);
            assert_near(&got.spread, &want.spread, 3.0, &what);
        }
    }
}

/// Maps that come one at a time, into arrays that grow.
#[test]
fn stacks_grow() {
    let mut random = StdRng::seed_from_u64(6);
    let pass = AveragePass::new(gpu());
    let maps: Vec<_> = (0..21).map(|_| random_map(9, 14, &mut random)).collect();
    let mut stack = MapStack::with_layers(gpu(), &[maps[0].view()], 5).unwrap();
    for map in &maps[1..] {
        stack.push(gpu(), map.view()).unwrap();
    }
    let ticks: Vec<bool> = (0..maps.len()).map(|map| map % 2 == 0).collect();
    let named: Vec<_> = maps.iter().step_by(2).map(|m| ("m", m.view())).collect();
    let want = average(&named).unwrap();
    let got = pass.average(gpu(), &stack, &ticks).unwrap();
    assert_near(&got.mean, &want.mean, 3.0, "grown");
    assert_near(&got.spread, &want.spread, 3.0, "grown");
    let other = Array2::zeros((9, 13));
    assert!(stack.push(gpu(), other.view()).is_err());
}

#[test]
fn averages_of_colours_are_those_of_the_twin() {
    let mut random = StdRng::seed_from_u64(7);
    let pass = ColoursPass::new(gpu());
    for (rows, columns, count, layers) in [(1, 1, 1, 8), (17, 33, 2, 8), (61, 97, 23, 7)] {
        let pictures: Vec<_> = (0..count)
            .map(|_| random_colours(rows, columns, &mut random))
            .collect();
        let mut stack = ColourStack::start(gpu(), &pictures[0], layers).unwrap();
        for picture in &pictures[1..] {
            stack.push(gpu(), picture).unwrap();
        }
        for every in [1, 3] {
            let ticks: Vec<bool> = (0..count).map(|n| n % every == 0).collect();
            let ticked: Vec<&RgbImage> = pictures.iter().step_by(every).collect();
            let got = pass.average(gpu(), &stack, &ticks).unwrap();
            let want = average_colours(&ticked).unwrap();
            assert!(got == want, "{count} of {rows} x {columns}, every {every}");
        }
        assert!(pass.average(gpu(), &stack, &[]).is_err());
        assert!(stack.push(gpu(), &RgbImage::new(2, 1)).is_err());
    }
}

#[test]
fn an_average_of_nothing_is_refused() {
    assert!(MapStack::new(gpu(), &[]).is_err());
    let map = Array2::zeros((2, 2));
    let stack = MapStack::new(gpu(), &[map.view()]).unwrap();
    let pass = AveragePass::new(gpu());
    let error = pass.average(gpu(), &stack, &[false]).unwrap_err();
    assert!(error.to_string().contains("tick at least one"));
    let other = Array2::zeros((3, 2));
    assert!(MapStack::new(gpu(), &[map.view(), other.view()]).is_err());
}
