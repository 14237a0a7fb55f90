use serde::Serialize;
use utoipa::ToSchema;

/// A picture in several sizes, all WebP.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PictureView {
    /// Of the original, in pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Base64 of the thumbhash, to be drawn while the picture loads.
    pub(crate) thumbhash: String,
    /// Ascending by width.
    pub(crate) variants: Vec<VariantView>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VariantView {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Never changes, so it may be kept for ever.
    #[schema(example = "/media/images/3b0c…/640.webp")]
    pub(crate) url: String,
}

impl From<model::Picture> for PictureView {
    fn from(picture: model::Picture) -> Self {
        let variants = picture.variants.into_iter().map(|variant| VariantView {
            width: variant.width,
            height: variant.height,
            url: format!("/media/{}", variant.key),
        });
        Self {
            width: picture.width,
            height: picture.height,
            thumbhash: picture.thumbhash,
            variants: variants.collect(),
        }
    }
}
