//! Any screen as a picture, without a window and without a display: the same shell, drawn by egui-wgpu into a texture
//! on whatever adapter there is, Mesa's lavapipe included. For `--screenshot`, documentation and tests.

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui;
use eframe::egui::{Pos2, Rect, Vec2};
use egui_wgpu::{
    RenderState, RendererOptions, ScreenDescriptor, WgpuConfiguration, WgpuSetup, wgpu,
};

use super::app::Shell;
use super::settings::ThemeChoice;

/// Longest wait for the adapter to draw.
const DRAW_TIMEOUT: Duration = Duration::from_mins(1);

/// What a picture looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picture {
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Pixels a point.
    pub scale: f32,
    /// Light or dark; as set otherwise.
    pub theme: Option<ThemeChoice>,
    /// Longest time for jobs to end.
    pub patience: Duration,
}

impl Default for Picture {
    fn default() -> Self {
        Self {
            size: [1_600, 1_000],
            scale: 1.0,
            theme: Some(ThemeChoice::Light),
            patience: Duration::from_mins(2),
        }
    }
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Nothing that can draw.
    #[error(
        "there is no graphics adapter to draw with ({0}); a software one comes with the package mesa-vulkan-drivers (Debian, Ubuntu: apt install mesa-vulkan-drivers libvulkan1)"
    )]
    NoAdapter(String),
    /// The adapter did not deliver.
    #[error("the picture could not be drawn: {0}")]
    Draw(String),
    /// Jobs did not end.
    #[error("the picture was given up after {0} s because work was still going on: {1}")]
    TooLong(u64, String),
    /// It could not be written.
    #[error("the picture could not be written ({0}): {1}")]
    Write(String, String),
}

/// Runs the shell until nothing is going on any more, draws it, and writes a PNG.
pub fn write_png(
    ctx: &egui::Context,
    shell: &mut Shell,
    picture: &Picture,
    path: &Path,
) -> Result<(), PictureError> {
    let image = render(ctx, shell, picture)?;
    image
        .save_with_format(path, image::ImageFormat::Png)
        .map_err(|e| PictureError::Write(e.to_string(), path.display().to_string()))
}

/// Runs the shell until nothing is going on any more, and draws it.
pub fn render(
    ctx: &egui::Context,
    shell: &mut Shell,
    picture: &Picture,
) -> Result<image::RgbaImage, PictureError> {
    // Before anything else: without an adapter the work would be for nothing.
    let target = Target::new()?;
    if let Some(theme) = picture.theme {
        super::app::apply_theme(ctx, theme);
    }
    let mut frames = Frames {
        ctx,
        picture,
        target,
        time: 0.0,
    };
    let started = Instant::now();
    let mut quiet = 0;
    // A result may be asked for by what another result shows; three frames without anything new are the end.
    while quiet < 3 {
        frames.run(shell);
        shell.logic(ctx);
        let busy = !shell.is_settled();
        quiet = if busy { 0 } else { quiet + 1 };
        if started.elapsed() > picture.patience {
            let titles: Vec<&str> = shell.state.jobs.iter().map(|j| j.title.as_str()).collect();
            return Err(PictureError::TooLong(
                picture.patience.as_secs(),
                titles.join(", "),
            ));
        }
        if busy {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    shell.state.notifications.settle();
    let output = frames.run(shell);
    frames.target.draw(ctx, output, picture)
}

struct Frames<'a> {
    ctx: &'a egui::Context,
    picture: &'a Picture,
    target: Target,
    time: f64,
}

impl Frames<'_> {
    fn run(&mut self, shell: &mut Shell) -> egui::FullOutput {
        let [width, height] = self.picture.size;
        let size = Vec2::new(width as f32, height as f32) / self.picture.scale;
        self.time += 0.1;
        let mut input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            time: Some(self.time),
            max_texture_side: Some(self.target.max_texture_side()),
            ..egui::RawInput::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&egui::ViewportId::ROOT) {
            viewport.native_pixels_per_point = Some(self.picture.scale);
        }
        shell.logic(self.ctx);
        let mut output = self.ctx.run_ui(input, |ui| shell.ui(ui));
        self.target.take_textures(&mut output.textures_delta);
        output
    }
}

struct Target {
    render_state: RenderState,
}

impl Target {
    fn new() -> Result<Self, PictureError> {
        let mut setup = egui_wgpu::WgpuSetupCreateNew::without_display_handle();
        // OpenGL wants a display even for drawing into a texture.
        setup.instance_descriptor.backends = wgpu::Backends::PRIMARY;
        let setup = WgpuSetup::CreateNew(setup);
        let instance = pollster::block_on(setup.new_instance());
        let configuration = WgpuConfiguration {
            wgpu_setup: setup,
            ..WgpuConfiguration::default()
        };
        let render_state = pollster::block_on(RenderState::create(
            &configuration,
            &instance,
            None,
            RendererOptions::PREDICTABLE,
        ))
        .map_err(|e| PictureError::NoAdapter(e.to_string()))?;
        Ok(Self { render_state })
    }

    fn max_texture_side(&self) -> usize {
        self.render_state.device.limits().max_texture_dimension_2d as usize
    }

    fn take_textures(&self, delta: &mut egui::TexturesDelta) {
        let RenderState { device, queue, .. } = &self.render_state;
        let mut renderer = self.render_state.renderer.write();
        let mut set: Vec<_> = delta.set.drain().collect();
        set.sort_by_key(|(id, _)| *id);
        for (id, images) in set {
            for image in images {
                renderer.update_texture(device, queue, id, &image);
            }
        }
        delta.free.clear();
    }

    fn draw(
        &self,
        ctx: &egui::Context,
        output: egui::FullOutput,
        picture: &Picture,
    ) -> Result<image::RgbaImage, PictureError> {
        let RenderState { device, queue, .. } = &self.render_state;
        let mut renderer = self.render_state.renderer.write();
        let [width, height] = picture.size;
        let screen = ScreenDescriptor {
            size_in_pixels: picture.size,
            pixels_per_point: picture.scale,
        };
        let jobs = ctx.tessellate(output.shapes, picture.scale);
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let buffers = renderer.update_buffers(device, queue, &mut encoder, &jobs, &screen);
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: self.render_state.target_format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        {
            let mut pass = encoder
                .begin_render_pass(&wgpu::RenderPassDescriptor {
                    label: Some("picture"),
                    color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                        view: &view,
                        resolve_target: None,
                        ops: wgpu::Operations {
                            load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                            store: wgpu::StoreOp::Store,
                        },
                        depth_slice: None,
                    })],
                    ..wgpu::RenderPassDescriptor::default()
                })
                .forget_lifetime();
            renderer.render(&mut pass, &jobs, &screen);
        }
        queue.submit(buffers.into_iter().chain([encoder.finish()]));
        self.read_back(&texture)
    }

    fn read_back(&self, texture: &wgpu::Texture) -> Result<image::RgbaImage, PictureError> {
        let RenderState { device, queue, .. } = &self.render_state;
        let failed = |why: String| PictureError::Draw(why);
        let (width, height) = (texture.width(), texture.height());
        // Rows in a buffer are padded to a multiple of what wgpu asks for.
        let row = width * 4;
        let padded = row.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("picture"),
            size: u64::from(padded) * u64::from(height),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(padded),
                    rows_per_image: None,
                },
            },
            texture.size(),
        );
        let submitted = queue.submit([encoder.finish()]);
        let (send, receive) = std::sync::mpsc::channel();
        buffer
            .slice(..)
            .map_async(wgpu::MapMode::Read, move |result| {
                send.send(result).ok();
            });
        device
            .poll(wgpu::PollType::Wait {
                submission_index: Some(submitted),
                timeout: Some(DRAW_TIMEOUT),
            })
            .map_err(|e| failed(e.to_string()))?;
        receive
            .recv()
            .map_err(|e| failed(e.to_string()))?
            .map_err(|e| failed(e.to_string()))?;
        let mapped = buffer
            .slice(..)
            .get_mapped_range()
            .map_err(|e| failed(e.to_string()))?;
        let swap = matches!(
            texture.format(),
            wgpu::TextureFormat::Bgra8Unorm | wgpu::TextureFormat::Bgra8UnormSrgb
        );
        let mut pixels = Vec::with_capacity((row * height) as usize);
        for line in mapped.chunks_exact(padded as usize) {
            for pixel in line.chunks_exact(4).take(width as usize) {
                let [a, b, c, _] = pixel else { continue };
                let (red, blue) = if swap { (c, a) } else { (a, c) };
                pixels.extend([*red, *b, *blue, u8::MAX]);
            }
        }
        image::RgbaImage::from_raw(width, height, pixels)
            .ok_or_else(|| failed("the adapter delivered too few pixels".to_owned()))
    }
}
