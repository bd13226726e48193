//! The program's own settings, as the desktop uses them.

use serde::{Deserialize, Serialize};

/// Which theme to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl ThemeChoice {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word on screens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }
}

/// What draws the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RendererChoice {
    /// wgpu, and OpenGL where that fails.
    #[default]
    Auto,
    /// Vulkan, Metal or Direct3D.
    Wgpu,
    /// OpenGL.
    Glow,
}

impl RendererChoice {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Wgpu, Self::Glow];

    /// The word on screens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "Automatic",
            Self::Wgpu => "wgpu (Vulkan, Metal, Direct3D)",
            Self::Glow => "glow (OpenGL)",
        }
    }
}

/// The program's own settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Which theme.
    pub theme: ThemeChoice,
    /// What draws the window.
    pub renderer: RendererChoice,
    /// Zone of new projects; empty for UTC.
    pub default_zone: String,
}
