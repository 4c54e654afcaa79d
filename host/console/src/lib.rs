//! The console: the web page that a host shows its users, as files within the binary.
//!
//! The page is written in TypeScript and Svelte and made by Vite when this crate is built:
//!
//! - `src/api`: the API of AWS Step Functions and Stepwell's own actions, as types, and how they are called;
//! - `src/model`: what is computed of definitions and histories, without a page;
//! - `src/ui`: what pages are made of;
//! - `src/pages`: a folder for each page.
//!
//! A build without Node has a page that says that the console was left out.

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/page"]
struct Page;

/// Whether there is a console, or it was left out when the host was built.
pub const INCLUDED: bool = cfg!(not(left_out));

/// A file of the page.
#[derive(Debug, Clone)]
pub struct File {
    /// What is in it.
    pub bytes: std::borrow::Cow<'static, [u8]>,
    /// The same, compressed by gzip; none where that would not be smaller.
    pub gzip: Option<std::borrow::Cow<'static, [u8]>>,
    /// `Content-Type`.
    pub content_type: String,
    /// Whether what is in it never changes under its name, which has a hash of it.
    pub immutable: bool,
    /// SHA-256 of what is in it.
    pub hash: [u8; 32],
}

/// Why there is none, in one line.
pub const LEFT_OUT: Option<&str> = option_env!("STEPWELL_CONSOLE_LEFT_OUT");

/// The file of this path, which begins without a slash; none where there is none.
pub fn file(path: &str) -> Option<File> {
    if path.ends_with(".gz") {
        return None;
    }
    let found = Page::get(path)?;
    Some(File {
        content_type: found.metadata.mimetype().to_owned(),
        hash: found.metadata.sha256_hash(),
        bytes: found.data,
        gzip: Page::get(&format!("{path}.gz")).map(|file| file.data),
        immutable: path.starts_with("assets/"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_there() {
        let page = file("index.html").unwrap();
        assert_eq!(page.content_type, "text/html");
        assert!(!page.immutable);
        assert!(file("index.html.gz").is_none() && file("nothing").is_none());
        let text = String::from_utf8(page.bytes.into_owned()).unwrap();
        assert_eq!(text.contains("left out"), !INCLUDED);
        assert_eq!(LEFT_OUT.is_some(), !INCLUDED);
    }
}
