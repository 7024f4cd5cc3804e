//! What computes: the processor or an accelerator that the installed library can use.

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};
use serde::{Deserialize, Serialize};

/// Where networks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The first of CUDA, Core ML and `DirectML` that the library has, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
    /// Apple's Core ML.
    CoreMl,
    /// `DirectML` on Windows.
    DirectMl,
}

impl Device {
    /// The accelerators to try, best first.
    pub(super) fn candidates(self) -> &'static [Self] {
        match self {
            Self::Auto => &[Self::Cuda, Self::CoreMl, Self::DirectMl],
            Self::Cpu => &[],
            Self::Cuda => &[Self::Cuda],
            Self::CoreMl => &[Self::CoreMl],
            Self::DirectMl => &[Self::DirectMl],
        }
    }

    /// The devices that there can be on this system, for a list to choose from; whether the
    /// installed library has them is found out when a network is opened.
    #[must_use]
    pub fn on_this_system() -> &'static [Self] {
        if cfg!(target_os = "macos") {
            &[Self::Auto, Self::Cpu, Self::CoreMl]
        } else if cfg!(target_os = "windows") {
            &[Self::Auto, Self::Cpu, Self::Cuda, Self::DirectMl]
        } else {
            &[Self::Auto, Self::Cpu, Self::Cuda]
        }
    }

    /// What it is called in lists.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Auto => "Fastest",
            Self::Cpu => "Processor",
            Self::Cuda => "CUDA",
            Self::CoreMl => "Core ML",
            Self::DirectMl => "DirectML",
        }
    }

    /// The name people give on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::CoreMl => "coreml",
            Self::DirectMl => "directml",
        }
    }

    /// True when the loaded library was built for it. Needs the library to be loaded.
    pub(super) fn is_available(self) -> bool {
        let answer = match self {
            Self::Auto | Self::Cpu => Ok(true),
            Self::Cuda => ep::CUDA::default().supported(),
            Self::CoreMl => ep::CoreML::default().supported(),
            Self::DirectMl => ep::DirectML::default().supported(),
        };
        answer.unwrap_or(false)
    }

    /// How to register it with a session; `None` for the processor, which is always there.
    pub(super) fn provider(self) -> Option<ExecutionProviderDispatch> {
        let provider = match self {
            Self::Auto | Self::Cpu => return None,
            Self::Cuda => ep::CUDA::default().build(),
            Self::CoreMl => ep::CoreML::default().build(),
            Self::DirectMl => ep::DirectML::default().build(),
        };
        Some(provider.error_on_failure())
    }
}

/// `ExecutionProvider::is_available` is an associated function; this lets the values above ask.
trait Supported {
    fn supported(&self) -> ort::Result<bool>;
}

impl<E: ExecutionProvider> Supported for E {
    fn supported(&self) -> ort::Result<bool> {
        E::is_available()
    }
}

impl std::str::FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [
            Self::Auto,
            Self::Cpu,
            Self::Cuda,
            Self::CoreMl,
            Self::DirectMl,
        ]
        .into_iter()
        .find(|d| d.name() == text)
        .ok_or_else(|| {
            format!("unknown device {text:?}; choose auto, cpu, cuda, coreml or directml")
        })
    }
}
