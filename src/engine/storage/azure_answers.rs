//! Azure's client with answers like those of the other stores.
//!
//! Azure lists entity tags without the quotes that it puts around them everywhere else, so that a listed tag would
//! never equal the tag of the same object when it is read. And the client's error about a removal quotes the
//! address, in which a shared access signature stands.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::azure::MicrosoftAzure;
use object_store::client::{HttpError, HttpErrorKind};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// A container.
pub(super) struct AzureAnswers {
    inner: MicrosoftAzure,
}

impl AzureAnswers {
    pub(super) fn new(inner: MicrosoftAzure) -> Self {
        Self { inner }
    }
}

impl fmt::Debug for AzureAnswers {
    /// The client would show its keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}

impl fmt::Display for AzureAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for AzureAnswers {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(path, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths).map_err(without_signature).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix).map_ok(quoted).boxed()
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset).map_ok(quoted).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut listed = self.inner.list_with_delimiter(prefix).await?;
        listed.objects = listed.objects.into_iter().map(quoted).collect();
        Ok(listed)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// The object with its entity tag as reading it gives it.
fn quoted(mut object: ObjectMeta) -> ObjectMeta {
    object.e_tag = object.e_tag.map(|tag| if tag.starts_with('"') { tag } else { format!("\"{tag}\"") });
    object
}

/// The error without the queries of the addresses in it. Errors about one object of many name no address.
fn without_signature(error: Error) -> Error {
    let Error::Generic { store, source } = error else { return error };
    let text = source.to_string();
    if !text.contains("://") {
        return Error::Generic { store, source };
    }
    let words = text.split(' ').map(|word| match word.split_once('?') {
        Some((address, _)) if address.contains("://") => address,
        _ => word,
    });
    let text = words.collect::<Vec<_>>().join(" ");
    // The cause goes with the text that it would show, but it stays known whether it may pass.
    let source = if is_passing(source.as_ref()) {
        io::Error::new(io::ErrorKind::TimedOut, text).into()
    } else {
        text.into()
    };
    Error::Generic { store, source }
}

/// Whether a store did not answer.
fn is_passing(error: &(dyn StdError + 'static)) -> bool {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return matches!(
                http.kind(),
                HttpErrorKind::Timeout | HttpErrorKind::Connect | HttpErrorKind::Interrupted
            );
        }
        link = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_signature_and_nothing_else() {
        let text = "Error performing POST https://a.example/marts?restype=container&sig=hunter2 in 3ms - \
            Server returned non-2xx status code: 503 Service Unavailable: why?";
        let error = without_signature(Error::Generic { store: "MicrosoftAzure", source: text.into() });
        assert_eq!(
            error.to_string(),
            "Generic MicrosoftAzure error: Error performing POST https://a.example/marts in 3ms - \
            Server returned non-2xx status code: 503 Service Unavailable: why?"
        );
        let source = std::io::Error::from(std::io::ErrorKind::NotFound).into();
        let gone = without_signature(Error::NotFound { path: "a".into(), source });
        assert!(matches!(gone, Error::NotFound { .. }));
    }
}
