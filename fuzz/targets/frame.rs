//! The broker's way from the bytes of a frame to a request, and back.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use protocol::frame::RequestHeader;
use protocol::{ApiKey, Reader, Request, Writer};

fuzz_target!(|data: &[u8]| {
    let mut reader = Reader::new(Bytes::copy_from_slice(data));
    let Ok(header) = RequestHeader::decode(&mut reader) else { return };
    let key = ApiKey::from_code(header.api_key).expect("the header was decoded");
    let Ok(request) = Request::decode(key, header.api_version, &mut reader) else { return };
    let mut writer = Writer::new();
    if request.encode(&mut writer, header.api_version).is_ok() {
        assert_eq!(writer.finish().len(), request.size(header.api_version));
    }
});
