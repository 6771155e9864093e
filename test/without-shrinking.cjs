// For mutation testing: that a property fails is all there is to know there, and shrinking takes longer than finding out.
require('fast-check').configureGlobal({ endOnFailure: true });
