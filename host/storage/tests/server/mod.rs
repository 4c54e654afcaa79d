//! A server that speaks S3's protocol, with one bucket that is kept in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures::{TryStreamExt as _, stream};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use s3s::{
    S3, S3Request, S3Response, S3Result,
    auth::SimpleAuth,
    dto::{
        CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CreateMultipartUploadInput,
        CreateMultipartUploadOutput, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput,
        HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object, PutObjectInput,
        PutObjectOutput, StreamingBlob, Timestamp, UploadPartInput, UploadPartOutput,
    },
    s3_error,
    service::S3ServiceBuilder,
};
use tokio::{net::TcpListener, task::AbortHandle};

pub(crate) const KEY: &str = "AKIAEXAMPLE";
pub(crate) const SECRET: &str = "a secret";

/// Objects in one page of a listing.
const PAGE: usize = 10;

pub(crate) struct Server {
    pub(crate) url: String,
    memory: Memory,
    accepting: AbortHandle,
}

impl Server {
    pub(crate) async fn start<'a>(objects: impl IntoIterator<Item = (&'a str, Bytes)>) -> Self {
        let memory = Memory::default();
        let stored = objects.into_iter().map(|(key, bytes)| (key.to_owned(), bytes));
        memory.0.lock().unwrap().objects.extend(stored);
        let mut builder = S3ServiceBuilder::new(memory.clone());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let accepting = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let connection = auto::Builder::new(TokioExecutor::new());
                    // A client that goes away is no failure of the test.
                    let _ = connection.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { url, memory, accepting: accepting.abort_handle() }
    }

    pub(crate) fn object(&self, key: &str) -> Option<Bytes> {
        self.memory.0.lock().unwrap().objects.get(key).cloned()
    }

    /// How many parts were uploaded.
    pub(crate) fn parts(&self) -> usize {
        self.memory.0.lock().unwrap().uploaded
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Debug, Clone, Default)]
struct Memory(Arc<Mutex<Stored>>);

#[derive(Debug, Default)]
struct Stored {
    objects: BTreeMap<String, Bytes>,
    parts: BTreeMap<i32, Bytes>,
    uploaded: usize,
}

impl Memory {
    fn get(&self, key: &str) -> S3Result<Bytes> {
        let found = self.0.lock().unwrap().objects.get(key).cloned();
        found.ok_or_else(|| s3_error!(NoSuchKey))
    }
}

fn tag(bytes: &Bytes) -> ETag {
    ETag::Strong(format!("{:x}", bytes.len()))
}

fn modified() -> Timestamp {
    std::time::SystemTime::UNIX_EPOCH.into()
}

async fn collect(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(body) = body else { return Ok(Bytes::new()) };
    let chunks: Vec<Bytes> = body.try_collect().await.map_err(|_| s3_error!(IncompleteBody))?;
    Ok(chunks.concat().into())
}

fn whole(bytes: Bytes) -> StreamingBlob {
    StreamingBlob::wrap(stream::iter([Ok::<_, std::io::Error>(bytes)]))
}

#[async_trait::async_trait]
impl S3 for Memory {
    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let bytes = self.get(&request.input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(bytes.len() as i64),
            e_tag: Some(tag(&bytes)),
            last_modified: Some(modified()),
            ..Default::default()
        }))
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let bytes = self.get(&request.input.key)?;
        let all = bytes.len() as u64;
        let range = match request.input.range {
            Some(range) => range.check(all)?,
            None => 0..all,
        };
        let part = bytes.slice(range.start as usize..range.end as usize);
        Ok(S3Response::new(GetObjectOutput {
            content_length: Some(part.len() as i64),
            content_range: Some(format!("bytes {}-{}/{all}", range.start, range.end - 1)),
            e_tag: Some(tag(&bytes)),
            last_modified: Some(modified()),
            body: Some(whole(part)),
            ..Default::default()
        }))
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let bytes = collect(request.input.body).await?;
        let e_tag = Some(tag(&bytes));
        self.0.lock().unwrap().objects.insert(request.input.key, bytes);
        Ok(S3Response::new(PutObjectOutput { e_tag, ..Default::default() }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let prefix = input.prefix.unwrap_or_default();
        let after = input.continuation_token.unwrap_or_default();
        let stored = self.0.lock().unwrap();
        let mut objects =
            stored.objects.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after);
        let page: Vec<_> = objects.by_ref().take(PAGE).collect();
        let more = objects.next().is_some();
        let last = page.last().map(|(key, _)| (*key).clone());
        let contents = page.into_iter().map(|(key, bytes)| Object {
            key: Some(key.clone()),
            size: Some(bytes.len() as i64),
            e_tag: Some(tag(bytes)),
            last_modified: Some(modified()),
            ..Default::default()
        });
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            contents: Some(contents.collect()),
            is_truncated: Some(more),
            next_continuation_token: last.filter(|_| more),
            ..Default::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(request.input.bucket),
            key: Some(request.input.key),
            upload_id: Some("upload".to_owned()),
            ..Default::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let bytes = collect(request.input.body).await?;
        let e_tag = Some(tag(&bytes));
        let mut stored = self.0.lock().unwrap();
        stored.uploaded += 1;
        stored.parts.insert(request.input.part_number, bytes);
        Ok(S3Response::new(UploadPartOutput { e_tag, ..Default::default() }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let mut stored = self.0.lock().unwrap();
        let parts: Vec<_> = std::mem::take(&mut stored.parts).into_values().collect();
        let bytes = Bytes::from(parts.concat());
        let e_tag = Some(tag(&bytes));
        stored.objects.insert(request.input.key.clone(), bytes);
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(request.input.bucket),
            key: Some(request.input.key),
            e_tag,
            ..Default::default()
        }))
    }
}
