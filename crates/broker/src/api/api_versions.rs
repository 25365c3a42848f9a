//! ApiVersions, key 18, versions 0-4.
//!
//! Behaviour: answers before anything else is known of the client. A version that is not served
//! gets a reply in version 0 with UNSUPPORTED_VERSION that names the range of this API alone
//! (KIP-511). The header of the response never has tagged fields.
//!
//! Versions: 1 throttle time · 3 flexible; the client names itself, features are told · 4 features
//! whose lowest level is 0 are told as well; older clients refuse such an entry (KAFKA-17011).

use std::sync::atomic::Ordering;

use base::{ErrorCode, Str};
use metadata::Feature;
use protocol::ApiKey;
use protocol::messages::api_versions_response::{
    ApiVersion, FinalizedFeatureKey, SupportedFeatureKey,
};
use protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};

use super::{Call, served_versions};

pub fn handle(call: &Call, request: ApiVersionsRequest) -> ApiVersionsResponse {
    if call.version >= 3 {
        let (name, version) = (request.client_software_name, request.client_software_version);
        if !is_software_word(&name) || !is_software_word(&version) {
            return ApiVersionsResponse {
                error_code: ErrorCode::InvalidRequest.code(),
                ..ApiVersionsResponse::default()
            };
        }
        *call.caller.software.borrow_mut() = Some((name.detached(), version.detached()));
    }
    let node = call.node();
    let image = node.image.load();
    let served = call.caller.side.served().iter();
    ApiVersionsResponse {
        api_keys: served.map(|key| advertised(call, *key)).collect(),
        supported_features: supported_features(call),
        finalized_features_epoch: image.offset().0,
        finalized_features: finalized_features(call),
        ..ApiVersionsResponse::default()
    }
}

/// The reply to a version that is not served.
pub fn unsupported(call: &Call) -> ApiVersionsResponse {
    ApiVersionsResponse {
        error_code: ErrorCode::UnsupportedVersion.code(),
        api_keys: vec![advertised(call, ApiKey::ApiVersions)],
        ..ApiVersionsResponse::default()
    }
}

fn advertised(call: &Call, key: ApiKey) -> ApiVersion {
    let versions = served_versions(call.node(), key);
    // Produce is advertised from 0 even where 0-2 are refused: librdkafka asks whether version 0
    // is there before it compresses (KAFKA-18659).
    let min_version = if key == ApiKey::Produce { 0 } else { *versions.start() };
    ApiVersion {
        api_key: key as i16,
        min_version,
        max_version: *versions.end(),
        ..ApiVersion::default()
    }
}

fn supported_features(call: &Call) -> Vec<SupportedFeatureKey> {
    let features = call.node().supported.iter().map(|(name, levels)| SupportedFeatureKey {
        name: name.clone(),
        min_version: levels.min,
        max_version: levels.max,
        ..SupportedFeatureKey::default()
    });
    features.filter(|feature| call.version >= 4 || feature.min_version > 0).collect()
}

fn finalized_features(call: &Call) -> Vec<FinalizedFeatureKey> {
    let node = call.node();
    let mut levels = node.image.load().finalized_features();
    let kraft_version = node.kraft_version.load(Ordering::Relaxed);
    levels.insert(Str::from_static(Feature::KraftVersion.name()), kraft_version);
    let levels = levels.into_iter().filter(|(_, level)| *level > 0);
    levels
        .map(|(name, level)| FinalizedFeatureKey {
            name,
            max_version_level: level,
            min_version_level: level,
            ..FinalizedFeatureKey::default()
        })
        .collect()
}

/// `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?` (KIP-511): what ends up in metrics and logs.
fn is_software_word(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::is_software_word;

    #[test]
    fn software_words_begin_and_end_with_a_letter_or_digit() {
        for word in ["a", "apache-kafka-java", "3.9.0", "a.-b"] {
            assert!(is_software_word(word), "{word}");
        }
        for word in ["", "-a", "a-", ".1", "a b", "ä"] {
            assert!(!is_software_word(word), "{word}");
        }
    }
}
