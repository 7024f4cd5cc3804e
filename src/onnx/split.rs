//! A model in two parts: the graph, quick to read, and its large constants in a file beside it
//! that ONNX Runtime maps into memory instead of copying.

use std::collections::HashMap;
use std::io::{self, Write};

use prost::bytes::Bytes;

use super::{Graph, Model, OnnxError, Property, Tensor};

/// Constants of fewer bytes stay in the graph.
const SMALLEST: usize = 256;

/// Constants begin at multiples of this many bytes, as ONNX Runtime's own writer has it.
const ALIGNMENT: u64 = 4096;

/// Location of constants that another model has under the same name.
const ELSEWHERE: &str = ":elsewhere";

/// Where the values of a constant lie outside the model's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the model's folder.
    pub location: String,
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Place {
    fn elsewhere(bytes: usize) -> Self {
        Self {
            location: ELSEWHERE.to_owned(),
            offset: 0,
            length: bytes as u64,
        }
    }

    /// True when another model has the values.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.location == ELSEWHERE
    }

    fn of(tensor: &Tensor) -> Option<Self> {
        let entry = |key: &str| {
            let found = tensor
                .external_data
                .iter()
                .find(|p| p.key.as_deref() == Some(key));
            found.and_then(|p| p.value.as_deref())
        };
        (tensor.data_location == Some(1)).then_some(())?;
        Some(Self {
            location: entry("location")?.to_owned(),
            offset: entry("offset")?.parse().ok()?,
            length: entry("length")?.parse().ok()?,
        })
    }

    fn tensor(&self, like: &Tensor) -> Tensor {
        let property = |key: &str, value: String| Property {
            key: Some(key.to_owned()),
            value: Some(value),
        };
        Tensor {
            name: like.name.clone(),
            dims: like.dims.clone(),
            data_type: like.data_type,
            data_location: Some(1),
            external_data: vec![
                property("location", self.location.clone()),
                property("offset", self.offset.to_string()),
                property("length", self.length.to_string()),
            ],
            ..Tensor::default()
        }
    }
}

impl Model {
    /// The model without the values of its large constants, which go to `out`; the result looks
    /// for them in `location`, or where `elsewhere` says, by name, that they lie already.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn split(
        &self,
        location: &str,
        elsewhere: &HashMap<String, Place>,
        out: &mut impl Write,
    ) -> io::Result<Self> {
        let mut at = 0;
        let mut outline = |tensor: &Tensor| -> io::Result<Tensor> {
            let Some(raw) = tensor.raw_data.as_ref().filter(|r| r.len() >= SMALLEST) else {
                return Ok(tensor.clone());
            };
            let length = raw.len() as u64;
            let known = elsewhere.get(tensor.name());
            if let Some(place) = known.filter(|place| place.length == length) {
                return Ok(place.tensor(tensor));
            }
            let offset = u64::next_multiple_of(at, ALIGNMENT);
            let gap = vec![0; (offset - at) as usize];
            out.write_all(&gap)?;
            out.write_all(raw)?;
            at = offset + length;
            let place = Place {
                location: location.to_owned(),
                offset,
                length,
            };
            Ok(place.tensor(tensor))
        };
        let graph = self.graph.as_ref().map(|graph| {
            Ok::<_, io::Error>(Graph {
                initializer: graph
                    .initializer
                    .iter()
                    .map(&mut outline)
                    .collect::<io::Result<_>>()?,
                node: graph.node.clone(),
                input: graph.input.clone(),
                output: graph.output.clone(),
                value_info: graph.value_info.clone(),
                name: graph.name.clone(),
                ..Graph::default()
            })
        });
        Ok(Self {
            graph: graph.transpose()?,
            ir_version: self.ir_version,
            opset_import: self.opset_import.clone(),
            functions: self.functions.clone(),
            metadata_props: self.metadata_props.clone(),
            ..Self::default()
        })
    }

    /// The large constants that `base` has too, values and all, as places for [`Self::split`]: read
    /// back with [`Self::read_with`].
    #[must_use]
    pub fn shared_with(&self, base: &Self) -> HashMap<String, Place> {
        let theirs = base.graph.iter().flat_map(|graph| &graph.initializer);
        let theirs: HashMap<&str, &Tensor> = theirs.map(|t| (t.name(), t)).collect();
        let own = self.graph.iter().flat_map(|graph| &graph.initializer);
        own.filter_map(|tensor| {
            let raw = tensor.raw_data.as_ref()?;
            let same = theirs.get(tensor.name())?.raw_data.as_ref()?;
            let equal = raw.len() == same.len() && (raw.as_ptr() == same.as_ptr() || raw == same);
            equal.then(|| (tensor.name().to_owned(), Place::elsewhere(raw.len())))
        })
        .collect()
    }

    /// Leaves constants to be found in another model, under the same names.
    pub fn refer(&mut self, constants: &[Tensor]) {
        let Some(graph) = &mut self.graph else { return };
        graph.initializer.extend(constants.iter().map(|tensor| {
            let bytes = tensor.raw_data.as_ref().map_or(0, Bytes::len);
            Place::elsewhere(bytes).tensor(tensor)
        }));
    }

    /// Bytes of the constants, wherever they lie.
    #[must_use]
    pub fn weight_bytes(&self) -> usize {
        let weights = self.graph.iter().flat_map(|graph| &graph.initializer);
        let here = weights.map(|t| t.raw_data.as_ref().map_or(0, Bytes::len));
        let places = self.places();
        let there: u64 = places.values().map(|place| place.length).sum();
        here.sum::<usize>() + usize::try_from(there).unwrap_or(usize::MAX)
    }

    /// Says of the constants of another model that they lie in `file`: a reader that is handed them
    /// wants to find one, though it does not read it.
    pub fn pretend_elsewhere_is(&mut self, file: &str) {
        let tensors = self
            .graph
            .iter_mut()
            .flat_map(|graph| &mut graph.initializer);
        for tensor in tensors {
            if let Some(place) = Place::of(tensor).filter(Place::is_elsewhere) {
                let location = file.to_owned();
                *tensor = Place { location, ..place }.tensor(tensor);
            }
        }
    }

    /// Brings in the constants that `base` has under the same names.
    ///
    /// # Errors
    /// When one is not there, or of another size.
    pub fn resolve(&mut self, base: &Self) -> Result<(), OnnxError> {
        let theirs = base.graph.iter().flat_map(|graph| &graph.initializer);
        let theirs: HashMap<&str, &Tensor> = theirs.map(|t| (t.name(), t)).collect();
        let own = self
            .graph
            .iter_mut()
            .flat_map(|graph| &mut graph.initializer);
        for tensor in own {
            let Some(place) = Place::of(tensor).filter(Place::is_elsewhere) else {
                continue;
            };
            let found = theirs.get(tensor.name()).and_then(|t| t.raw_data.as_ref());
            let found = found.filter(|raw| raw.len() as u64 == place.length);
            let Some(raw) = found else {
                return Err(OnnxError::Tensor {
                    name: tensor.name().to_owned(),
                    why: "its values are not where they were".to_owned(),
                });
            };
            tensor.raw_data = Some(raw.clone());
            tensor.data_location = None;
            tensor.external_data.clear();
        }
        Ok(())
    }

    /// Where constants lie that are not in the model's own file, by name.
    #[must_use]
    pub fn places(&self) -> HashMap<String, Place> {
        let tensors = self.graph.iter().flat_map(|graph| &graph.initializer);
        tensors
            .filter_map(|tensor| Some((tensor.name().to_owned(), Place::of(tensor)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{ElementType, Node};

    #[test]
    fn parts_read_back_as_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let values: Vec<f64> = (0..500).map(f64::from).collect();
        let weight = |name: &str| Tensor::from_floats(name, &[500], ElementType::F32, &values);
        let graph = Graph {
            node: vec![Node::new("Add", &["a", "b"], &["y"])],
            initializer: vec![weight("a"), weight("b"), Tensor::from_i64("s", &[1], &[7])],
            ..Graph::default()
        };
        let whole = Model::new(graph, 17);
        let mut data = Vec::new();
        let outline = whole.split("w.bin", &HashMap::new(), &mut data).unwrap();
        assert!(outline.to_bytes().len() < 1000);
        assert_eq!(data.len(), 4096 + 2000);
        std::fs::write(folder.path().join("w.bin"), &data).unwrap();
        let path = folder.path().join("w.onnx");
        outline.save(&path).unwrap();
        assert_eq!(Model::read(&path).unwrap().graph, whole.graph);
        // A second model with the same constants writes none of them.
        let mut more = Vec::new();
        let places = Model::read_outline(&path).unwrap().places();
        let second = whole.split("v.bin", &places, &mut more).unwrap();
        assert!(more.is_empty());
        assert_eq!(second.places(), places);
    }

    #[test]
    fn constants_of_another_model_are_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let weight = |name: &str, value: f32| Tensor::from_f32(name, &[100], &[value; 100]);
        let model = |initializer: Vec<Tensor>| {
            let node = vec![Node::new("Add", &["a", "b"], &["y"])];
            Model::new(
                Graph {
                    node,
                    initializer,
                    ..Graph::default()
                },
                17,
            )
        };
        let base = model(vec![weight("a", 1.0), weight("b", 2.0)]);
        let made = model(vec![weight("a", 1.0), weight("b", 3.0)]);
        let shared = made.shared_with(&base);
        assert_eq!(shared.keys().collect::<Vec<_>>(), ["a"]);
        let mut data = Vec::new();
        let outline = made.split("made.bin", &shared, &mut data).unwrap();
        assert_eq!(data.len(), 400);
        assert!(outline.places()["a"].is_elsewhere());
        std::fs::write(folder.path().join("made.bin"), &data).unwrap();
        let path = folder.path().join("made.onnx");
        outline.save(&path).unwrap();
        assert_eq!(Model::read_with(&path, &base).unwrap().graph, made.graph);
        let other = model(vec![Tensor::from_f32("a", &[99], &[1.0; 99])]);
        assert!(Model::read_with(&path, &other).is_err());
        assert!(Model::read(&path).is_err());
    }
}
