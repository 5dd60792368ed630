// In place of a package that brings it to browsers older than those that the panel supports.
module.exports = Object.hasOwn;
