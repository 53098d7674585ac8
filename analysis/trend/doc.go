// Package trend tells whether a short series of measurements at equal intervals
// rises for good, without assuming how the measurements vary.
package trend
