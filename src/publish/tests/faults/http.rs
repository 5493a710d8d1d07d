//! An S3 server whose answers go wrong as planned, spoken to by the real client.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use s3s::HttpResponse;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};

use super::PATIENCE;
use super::plan::{Fate, Faults};

/// The one bucket.
pub(super) const BUCKET: &str = "marts";
const KEY: &str = "test-key";

/// A server with one bucket, until it is dropped.
pub(super) struct Bucket {
    endpoint: String,
    listening: tokio::task::JoinHandle<()>,
}

impl Bucket {
    /// Serves the folder `marts` below `root`.
    pub(super) fn serve(root: &Path, faults: Arc<Faults>) -> Self {
        std::fs::create_dir(root.join(BUCKET)).expect("folder");
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).expect("folder"));
        builder.set_auth(SimpleAuth::from_single(KEY, KEY));
        let service = builder.build();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("port");
        listener.set_nonblocking(true).expect("socket");
        let listener = tokio::net::TcpListener::from_std(listener).expect("socket");
        let endpoint = format!("http://{}", listener.local_addr().expect("address"));
        let listening = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (service, faults) = (service.clone(), faults.clone());
                tokio::spawn(async move {
                    let answer = hyper::service::service_fn(move |request| {
                        let (service, faults) = (service.clone(), faults.clone());
                        async move { answer(&service, &faults, request).await }
                    });
                    // A connection that breaks is the purpose.
                    let _ = Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(socket), answer)
                        .await;
                });
            }
        });
        Self { endpoint, listening }
    }
}

impl Bucket {
    /// The real client with little patience, which tries again `retries` times.
    pub(super) fn client(&self, retries: usize) -> Arc<dyn ObjectStore> {
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(1),
            max_backoff: Duration::from_millis(2),
            base: 2.0,
        };
        let retry = RetryConfig { backoff, max_retries: retries, retry_timeout: Duration::from_secs(30) };
        let options = ClientOptions::new().with_allow_http(true).with_timeout(PATIENCE);
        let client = AmazonS3Builder::new()
            .with_endpoint(&self.endpoint)
            .with_allow_http(true)
            .with_region("eu-central-1")
            .with_bucket_name(BUCKET)
            .with_access_key_id(KEY)
            .with_secret_access_key(KEY)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_retry(retry)
            .with_client_options(options)
            .build();
        Arc::new(client.expect("client"))
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

type Request = hyper::Request<hyper::body::Incoming>;

/// Answers one request, or not. What is carried out is carried out in full, whatever becomes of the connection.
async fn answer(
    service: &S3Service,
    faults: &Arc<Faults>,
    request: Request,
) -> std::io::Result<HttpResponse> {
    let fate = faults.next();
    if fate == Fate::Ignored {
        return std::future::pending().await;
    }
    if fate == Fate::Refused {
        let mut refused = HttpResponse::new(s3s::Body::empty());
        *refused.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        return Ok(refused);
    }
    let (service, counting) = (service.clone(), faults.clone());
    let done = tokio::spawn(async move {
        let _under_way = counting.under_way();
        service.call(request.map(s3s::Body::from)).await
    });
    let done = done.await?.map_err(|error| std::io::Error::other(format!("{error:?}")))?;
    match fate {
        Fate::DoneUnheard => Err(std::io::Error::other("the connection broke")),
        Fate::Last => {
            faults.die();
            std::future::pending().await
        }
        _ => Ok(done),
    }
}
