//! How Go's runtime grows its memory, mended.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{Error, tool};

/// The file of Go's runtime that grows the memory.
const FILE: &str = "src/runtime/mem_wasm.go";

/// How the function begins that does, and how it ends.
const BEGIN: &str = "func sbrk(n uintptr) unsafe.Pointer {\n";
const END: &str = "\n}\n";

/// What it takes for granted: that the memory has grown by what it grew it itself alone.
const WRONG: &str = "grow := (bl + n - blocMax) / physPageSize";

/// The function, which goes on behind what others have grown the memory by.
const SBRK: &str = "\
func sbrk(n uintptr) unsafe.Pointer {
\tn = memRound(n)
\tif bloc+n > blocMax {
\t\tif end := uintptr(currentMemory()) * physPageSize; end > blocMax {
\t\t\tbloc, blocMax = end, end
\t\t}
\t\tif growMemory(int32((bloc+n-blocMax)/physPageSize)) < 0 {
\t\t\treturn nil
\t\t}
\t\tresetMemoryDataView()
\t\tblocMax = bloc + n
\t}
\tbl := bloc
\tbloc += n
\treturn unsafe.Pointer(bl)
}
";

/// A file for `go build -overlay` that puts a mended function into Go's runtime; none where the
/// runtime does not need it.
///
/// The adapter that makes a component of preview 1 of WASI grows the memory by a page for itself.
/// Go's runtime would use that page as its own as soon as a plugin's heap outgrows what it began
/// with: either destroys what is the other's.
pub(super) fn overlay(go: &Path, folder: &Path) -> Result<Option<PathBuf>, Error> {
    let root = tool::version(go, ["env", "GOROOT"])?;
    let file = Path::new(&root).join(FILE);
    // Another runtime may well have no such file.
    let Some(mended) = fs::read_to_string(&file).ok().and_then(|text| mended(&text)) else {
        return Ok(None);
    };
    fs::create_dir_all(folder).map_err(Error::write(folder))?;
    let replacement = folder.join("mem_wasm.go.mended");
    fs::write(&replacement, mended).map_err(Error::write(&replacement))?;
    let replacement = replacement.canonicalize().map_err(Error::read(&replacement))?;
    let overlay = folder.join("overlay.json");
    let replace = json!({ "Replace": { file.to_string_lossy(): replacement } });
    fs::write(&overlay, replace.to_string()).map_err(Error::write(&overlay))?;
    Ok(Some(overlay.canonicalize().map_err(Error::read(&overlay))?))
}

/// The text of the file with the mended function in the place of its own.
fn mended(text: &str) -> Option<String> {
    let begin = text.find(BEGIN)?;
    let end = begin + text[begin..].find(END)? + END.len();
    let is_wrong = text[begin..end].contains(WRONG);
    is_wrong.then(|| format!("{}{SBRK}{}", &text[..begin], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GO: &str = "package runtime

func sbrk(n uintptr) unsafe.Pointer {
\tbl := bloc
\tn = memRound(n)
\tif bl+n > blocMax {
\t\tgrow := (bl + n - blocMax) / physPageSize
\t\tsize := growMemory(int32(grow))
\t\tif size < 0 {
\t\t\treturn nil
\t\t}
\t\tresetMemoryDataView()
\t\tblocMax = bl + n
\t}
\tbloc += n
\treturn unsafe.Pointer(bl)
}

// Implemented in src/runtime/sys_wasm.s
func growMemory(pages int32) int32
";

    #[test]
    fn the_function_is_replaced_and_nothing_else() {
        let mended = mended(GO).unwrap();
        assert!(mended.starts_with("package runtime\n\nfunc sbrk("), "{mended}");
        assert!(mended.ends_with("func growMemory(pages int32) int32\n"), "{mended}");
        assert!(mended.contains("currentMemory()") && !mended.contains(WRONG), "{mended}");
    }

    #[test]
    fn a_runtime_that_does_it_otherwise_is_left_alone() {
        assert_eq!(mended("package runtime\n"), None);
        assert_eq!(mended(&GO.replace(WRONG, "grow := pages(n)")), None);
    }
}
