//! A small server in this process that answers as Google Cloud Storage or Azure Blob Storage do, for their real clients.
//!
//! It knows one bucket called `marts`, keeps objects in memory, honors preconditions, and can be busy for a while.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;

use super::StorageHandle;
use crate::config::platform::{
    AzureCredentials, AzureOptions, GoogleCloudCredentials, GoogleCloudOptions, Remote, Requests, Secret,
    Storage, StorageKind,
};

/// The one bucket or container.
const BUCKET: &str = "marts";
/// The storage account in the address, as emulators have it.
const ACCOUNT: &str = "devstoreaccount1";
/// What signs requests to Azure.
pub(crate) const SIGNATURE: &str = "hunter2";
/// A day, as headers and listings write it.
const MODIFIED: [&str; 2] = ["Mon, 02 Jan 2012 00:00:00 GMT", "2012-01-02T00:00:00.000Z"];

/// Whose answers a server gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Google Cloud Storage: generations.
    Google,
    /// Azure Blob Storage: entity tags.
    Azure,
}

/// Both of them.
pub(crate) const DIALECTS: [Dialect; 2] = [Dialect::Google, Dialect::Azure];

/// One request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Verb, path and query as they were sent.
    pub(crate) line: String,
    /// Headers.
    pub(crate) headers: HeaderMap,
    /// Status of the answer.
    pub(crate) status: u16,
}

/// A server that stops when it is dropped.
pub(crate) struct CloudDouble {
    dialect: Dialect,
    address: String,
    state: Arc<State>,
    listening: tokio::task::JoinHandle<()>,
    sas_token: tempfile::NamedTempFile,
}

#[derive(Default)]
struct State {
    objects: Mutex<BTreeMap<String, Object>>,
    seen: Mutex<Vec<Seen>>,
    busy: AtomicUsize,
    generations: AtomicUsize,
}

#[derive(Clone)]
struct Object {
    bytes: Bytes,
    generation: usize,
}

impl CloudDouble {
    /// Starts on a free port. Needs a runtime.
    pub(crate) fn start(dialect: Dialect) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("port");
        listener.set_nonblocking(true).expect("socket");
        let listener = tokio::net::TcpListener::from_std(listener).expect("socket");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let state = Arc::new(State::default());
        let serving = Arc::clone(&state);
        let listening = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let state = Arc::clone(&serving);
                tokio::spawn(async move {
                    let answer = hyper::service::service_fn(move |request| {
                        let state = Arc::clone(&state);
                        async move { state.answer(dialect, request).await }
                    });
                    // A client that hangs up is its own affair.
                    let _ = Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(socket), answer)
                        .await;
                });
            }
        });
        let sas_token = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(sas_token.path(), format!("?sv=2021-12-02&sp=rwdl&sig={SIGNATURE}\n"))
            .expect("written");
        Self { dialect, address, state, listening, sas_token }
    }

    /// The next `requests` are answered with 503.
    pub(crate) fn busy(&self, requests: usize) {
        self.state.busy.store(requests, Ordering::Relaxed);
    }

    /// Every request since the last call.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *lock(&self.state.seen))
    }

    /// The real client, with everything below `prefix`.
    pub(crate) fn open(&self, prefix: &str, requests: Requests) -> StorageHandle {
        StorageHandle::open(&self.storage(prefix, requests)).expect("client")
    }

    /// A storage that leads here.
    fn storage(&self, prefix: &str, requests: Requests) -> Storage {
        let endpoint = match self.dialect {
            Dialect::Google => self.address.clone(),
            Dialect::Azure => format!("{}/{ACCOUNT}", self.address),
        };
        let remote = Remote { prefix: prefix.into(), endpoint: Some(endpoint), allow_http: true, requests };
        let kind = match self.dialect {
            Dialect::Google => StorageKind::GoogleCloud(GoogleCloudOptions {
                bucket: BUCKET.into(),
                credentials: GoogleCloudCredentials::Anonymous,
                remote,
            }),
            Dialect::Azure => StorageKind::Azure(AzureOptions {
                account: ACCOUNT.into(),
                container: BUCKET.into(),
                credentials: AzureCredentials::SasToken(Secret::File(self.sas_token.path().to_path_buf())),
                remote,
            }),
        };
        Storage { name: "marts".into(), kind }
    }
}

impl Drop for CloudDouble {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type Request = hyper::Request<hyper::body::Incoming>;
type Response = hyper::Response<s3s::Body>;

/// What a request asks for.
struct Asked<'a> {
    method: &'a str,
    /// Below the bucket, decoded.
    key: String,
    query: HashMap<String, String>,
    headers: &'a HeaderMap,
    body: Bytes,
}

impl Asked<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Status, headers and content of an answer.
type Answer = (StatusCode, Vec<(&'static str, String)>, Bytes);

fn status(status: StatusCode) -> Answer {
    (status, Vec::new(), Bytes::new())
}

impl State {
    async fn answer(&self, dialect: Dialect, request: Request) -> Result<Response, std::convert::Infallible> {
        let (head, body) = request.into_parts();
        let body = s3s::Body::from(body).store_all_limited(64 << 20).await.expect("a body that fits");
        let root = match dialect {
            Dialect::Google => format!("/{BUCKET}"),
            Dialect::Azure => format!("/{ACCOUNT}/{BUCKET}"),
        };
        let path = decoded(head.uri.path());
        let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
        let query = query.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        let is_busy =
            self.busy.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        let (status, headers, content) = match path.strip_prefix(&root) {
            _ if is_busy => status(StatusCode::SERVICE_UNAVAILABLE),
            None => status(StatusCode::NOT_FOUND),
            Some(key) => {
                let key = key.trim_start_matches('/').to_owned();
                let asked = Asked { method: head.method.as_str(), key, query, headers: &head.headers, body };
                self.carry_out(dialect, &root, &asked)
            }
        };
        lock(&self.seen).push(Seen {
            line: format!("{} {}", head.method, head.uri),
            headers: head.headers,
            status: status.as_u16(),
        });
        let mut response = hyper::Response::new(s3s::Body::from(content));
        *response.status_mut() = status;
        for (name, value) in headers {
            response.headers_mut().insert(name, value.parse().expect("a header"));
        }
        Ok(response)
    }

    fn carry_out(&self, dialect: Dialect, root: &str, asked: &Asked<'_>) -> Answer {
        let query = |key: &str| asked.query.get(key).map(String::as_str);
        match asked.method {
            "GET" if asked.key.is_empty() => self.list(dialect, query("prefix").unwrap_or_default()),
            "GET" | "HEAD" => self.get(asked),
            "PUT" => match asked.header("x-goog-copy-source").or(asked.header("x-ms-copy-source")) {
                Some(source) => {
                    // Google is given bucket and key, Azure a whole address.
                    let source = decoded(source.split('?').next().unwrap_or_default());
                    let key = source.split_once(&format!("{BUCKET}/")).map_or("", |(_, key)| key);
                    let bytes = lock(&self.objects).get(key).map(|object| object.bytes.clone());
                    bytes.map_or_else(|| status(StatusCode::NOT_FOUND), |bytes| self.put(&asked.key, bytes))
                }
                None => self.put_if(dialect, asked),
            },
            "DELETE" => match lock(&self.objects).remove(&asked.key) {
                Some(_) => status(StatusCode::NO_CONTENT),
                None => status(StatusCode::NOT_FOUND),
            },
            "POST" if query("comp") == Some("batch") => self.delete_batch(root, &asked.body),
            _ => status(StatusCode::NOT_IMPLEMENTED),
        }
    }

    fn get(&self, asked: &Asked<'_>) -> Answer {
        let Some(object) = lock(&self.objects).get(&asked.key).cloned() else {
            return status(StatusCode::NOT_FOUND);
        };
        if asked.header("if-match").is_some_and(|tag| tag != tag_of(object.generation)) {
            return status(StatusCode::PRECONDITION_FAILED);
        }
        let mut headers = headers_of(&object);
        let range = asked.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
        let Some((first, last)) = range else { return (StatusCode::OK, headers, object.bytes) };
        let whole = object.bytes.len();
        let first: usize = first.parse().expect("a number");
        let end = last.parse::<usize>().map_or(whole, |last| whole.min(last + 1));
        headers.push(("content-range", format!("bytes {first}-{}/{whole}", end - 1)));
        (StatusCode::PARTIAL_CONTENT, headers, object.bytes.slice(first..end))
    }

    fn put_if(&self, dialect: Dialect, asked: &Asked<'_>) -> Answer {
        let found = lock(&self.objects).get(&asked.key).map(|object| object.generation);
        let refused = match dialect {
            Dialect::Google => asked
                .header("x-goog-if-generation-match")
                .filter(|wanted| **wanted != found.unwrap_or(0).to_string())
                .map(|_| StatusCode::PRECONDITION_FAILED),
            Dialect::Azure if found.is_some() && asked.header("if-none-match") == Some("*") => {
                Some(StatusCode::CONFLICT)
            }
            Dialect::Azure => asked
                .header("if-match")
                .filter(|wanted| found.map(tag_of).as_deref() != Some(*wanted))
                .map(|_| StatusCode::PRECONDITION_FAILED),
        };
        refused.map_or_else(|| self.put(&asked.key, asked.body.clone()), status)
    }

    fn put(&self, key: &str, bytes: Bytes) -> Answer {
        let generation = self.generations.fetch_add(1, Ordering::Relaxed) + 1;
        let object = Object { bytes, generation };
        let headers = headers_of(&object);
        lock(&self.objects).insert(key.to_owned(), object);
        (StatusCode::CREATED, headers, Bytes::new())
    }

    fn list(&self, dialect: Dialect, prefix: &str) -> Answer {
        let mut text = String::new();
        for (key, object) in lock(&self.objects).iter().filter(|(key, _)| key.starts_with(prefix)) {
            let (size, tag, [header, instant]) = (object.bytes.len(), tag_of(object.generation), MODIFIED);
            let written = match dialect {
                Dialect::Google => write!(
                    text,
                    "<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>{instant}</LastModified>\
                        <ETag>{tag}</ETag></Contents>"
                ),
                // As the real one does, without quotes.
                Dialect::Azure => write!(
                    text,
                    "<Blob><Name>{key}</Name><Properties><Last-Modified>{header}</Last-Modified>\
                        <Content-Length>{size}</Content-Length><Content-Type>x</Content-Type>\
                        <Etag>{}</Etag></Properties></Blob>",
                    tag.trim_matches('"')
                ),
            };
            written.expect("text");
        }
        let text = match dialect {
            Dialect::Google => format!("<ListBucketResult>{text}</ListBucketResult>"),
            Dialect::Azure => format!(
                "<EnumerationResults><Blobs>{text}</Blobs><NextMarker></NextMarker></EnumerationResults>"
            ),
        };
        (StatusCode::OK, Vec::new(), text.into())
    }

    /// Removes what the parts of a batch name, and answers each of them.
    fn delete_batch(&self, root: &str, body: &Bytes) -> Answer {
        let body = String::from_utf8_lossy(body);
        let paths = body.lines().filter_map(|line| line.strip_prefix("DELETE ")?.split(' ').next());
        let mut text = String::new();
        for (number, path) in paths.enumerate() {
            let path = decoded(path.split('?').next().unwrap_or_default());
            let key = path.strip_prefix(&format!("{root}/")).expect("a path in the container");
            let answer = match lock(&self.objects).remove(key) {
                Some(_) => "202 Accepted",
                None => "404 The specified blob does not exist.",
            };
            write!(
                text,
                "--batch\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\nHTTP/1.1 {answer}\r\n\r\n"
            )
            .expect("text");
        }
        text.push_str("--batch--\r\n");
        let kind = ("content-type", "multipart/mixed; boundary=batch".to_owned());
        (StatusCode::ACCEPTED, vec![kind], text.into())
    }
}

fn tag_of(generation: usize) -> String {
    format!("\"g{generation}\"")
}

fn headers_of(object: &Object) -> Vec<(&'static str, String)> {
    vec![
        ("etag", tag_of(object.generation)),
        ("x-goog-generation", object.generation.to_string()),
        ("last-modified", MODIFIED[0].to_owned()),
    ]
}

/// Text with `%2F` and the like replaced by what they stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%').then(|| tail.get(..2)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
