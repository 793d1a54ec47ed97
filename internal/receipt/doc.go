// Package receipt renders an approval as a PDF document.
//
// The document depends on nothing but the approval: equal approvals have equal bytes, in
// every process and for ever. It has no clock, and its language is that of the approval.
// It is written as PDF/A-2b: every font is embedded, and the metadata is readable without
// decompression, so that countersign verify finds the signed head in it.
//
// sRGB2014.icc is by the International Color Consortium, which allows everybody to copy,
// distribute and embed it.
package receipt
