use std::sync::Arc;

use blobs::Blobs;
use catalogue::Catalogue;
use pipeline::Pipeline;
use search::Index;
use store::Store;

/// Everything that a door needs.
pub struct App {
    pub store: Store,
    pub blobs: Arc<Blobs>,
    pub search: Arc<Index>,
    pub catalogue: Arc<Catalogue>,
    pub pipeline: Arc<Pipeline>,
}
