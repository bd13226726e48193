//! What a request is called: its method and path, without the query and with ids folded, so that labels stay few.

/// The label of requests whose first line is not one.
pub(super) const MALFORMED: &[u8] = b"(malformed)";
/// What stands for an id.
const ID: &[u8] = b"{id}";

/// What became of a request line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Named as it stands.
    Plain,
    /// Ids in its path were folded.
    Folded,
    /// It is no request line.
    Malformed,
}

/// The label of `GET /path?query HTTP/1.1`, put into `label`.
pub(super) fn label_of_request(request: &[u8], label: &mut Vec<u8>) -> Named {
    let mut words = request.split(|b| *b == b' ').filter(|w| !w.is_empty());
    let (method, target) = (words.next(), words.next());
    label_of(
        method.unwrap_or_default(),
        target.unwrap_or_default(),
        label,
    )
}

/// The label of a method and a target, put into `label`.
pub(super) fn label_of(method: &[u8], target: &[u8], label: &mut Vec<u8>) -> Named {
    label.clear();
    let is_method = (2..=20).contains(&method.len())
        && method
            .iter()
            .all(|b| b.is_ascii_uppercase() || matches!(b, b'-' | b'_'));
    let path = if method == b"CONNECT" {
        Some(target)
    } else {
        path_of(target)
    };
    let (true, Some(path)) = (is_method, path.filter(|p| !p.is_empty())) else {
        label.extend_from_slice(MALFORMED);
        return Named::Malformed;
    };
    label.extend_from_slice(method);
    label.push(b' ');
    let mut folded = false;
    for (index, segment) in path.split(|b| *b == b'/').enumerate() {
        if index > 0 {
            label.push(b'/');
        }
        folded |= fold_segment(segment, label);
    }
    if folded { Named::Folded } else { Named::Plain }
}

/// The path of a target, which may be a whole URL, without query, fragment and parameters.
fn path_of(target: &[u8]) -> Option<&[u8]> {
    let end = target
        .iter()
        .position(|b| matches!(b, b'?' | b'#' | b';'))
        .unwrap_or(target.len());
    let target = target.get(..end)?;
    if target.starts_with(b"/") || target == b"*" {
        return Some(target);
    }
    let host = target
        .strip_prefix(b"http://")
        .or_else(|| target.strip_prefix(b"https://"))?;
    Some(match memchr::memchr(b'/', host) {
        Some(slash) => host.get(slash..)?,
        None => b"/",
    })
}

/// Appends a segment; whether an id in it was folded.
fn fold_segment(segment: &[u8], label: &mut Vec<u8>) -> bool {
    if !segment.iter().any(u8::is_ascii_digit) {
        label.extend_from_slice(segment);
        return false;
    }
    if segment.iter().all(u8::is_ascii_digit) || is_uuid(segment) || is_long_hex(segment) {
        label.extend_from_slice(ID);
        return true;
    }
    // The hash in `main.8f3a2b1c.js`.
    let mut folded = false;
    for (index, part) in segment.split(|b| *b == b'.').enumerate() {
        if index > 0 {
            label.push(b'.');
        }
        if is_long_hex(part) || is_uuid(part) {
            label.extend_from_slice(ID);
            folded = true;
        } else {
            label.extend_from_slice(part);
        }
    }
    folded
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Eight hexadecimal digits or more, one of them a number: words such as `decade` stay.
fn is_long_hex(text: &[u8]) -> bool {
    text.len() >= 8 && text.iter().all(u8::is_ascii_hexdigit) && text.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fold_to_few_labels() {
        for (request, label, named) in [
            ("GET / HTTP/1.1", "GET /", Named::Plain),
            ("GET /a/b?x=1 HTTP/1.1", "GET /a/b", Named::Plain),
            (
                "POST /users/42/orders/7 HTTP/2.0",
                "POST /users/{id}/orders/{id}",
                Named::Folded,
            ),
            (
                "GET /o/6f9619ff-8b86-d011-b42d-00cf4fc964ff HTTP/1.1",
                "GET /o/{id}",
                Named::Folded,
            ),
            ("GET /c/5f2b8c9d1e HTTP/1.1", "GET /c/{id}", Named::Folded),
            (
                "GET /decade/facade HTTP/1.1",
                "GET /decade/facade",
                Named::Plain,
            ),
            ("GET /v2/items HTTP/1.1", "GET /v2/items", Named::Plain),
            (
                "GET /js/main.8f3a2b1c.js HTTP/1.1",
                "GET /js/main.{id}.js",
                Named::Folded,
            ),
            (
                "GET /jquery-1.9.1.min.js HTTP/1.1",
                "GET /jquery-1.9.1.min.js",
                Named::Plain,
            ),
            ("GET /x;jsessionid=AB12 HTTP/1.1", "GET /x", Named::Plain),
            ("GET http://host/p?q HTTP/1.1", "GET /p", Named::Plain),
            ("GET http://host HTTP/1.1", "GET /", Named::Plain),
            ("OPTIONS * HTTP/1.0", "OPTIONS *", Named::Plain),
            (
                "CONNECT host:443 HTTP/1.1",
                "CONNECT host:443",
                Named::Plain,
            ),
            ("GET /", "GET /", Named::Plain),
            ("-", "(malformed)", Named::Malformed),
            ("", "(malformed)", Named::Malformed),
            ("\\x16\\x03\\x01", "(malformed)", Named::Malformed),
            ("get / HTTP/1.1", "(malformed)", Named::Malformed),
        ] {
            let mut out = Vec::new();
            assert_eq!(
                label_of_request(request.as_bytes(), &mut out),
                named,
                "{request}"
            );
            assert_eq!(String::from_utf8(out).unwrap(), label);
        }
    }
}
