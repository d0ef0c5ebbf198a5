// Package signature reads what signers attach to images, and says by which public key it was
// signed: cosign's simple signing, which is found by a tag, and its bundles, which are found as
// referrers. A Rule says what has to be signed, and by whom.
//
// The bytes are those of strangers. They are bounded before they are decoded, and nothing that
// a signature says counts before a key that somebody has named has verified it.
//
// The package never fetches anything, and never asks a transparency log, a certificate
// authority or a clock.
package signature
