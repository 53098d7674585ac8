// Package watch reads, many times a second, what a running PHP process says of
// its memory, and whether it waits for something. The process is not stopped
// for it and does not notice.
//
// The words to be read are found once: a glance at the process's static data
// leads to the executor's globals and from there to the heap (packages locate
// and zendmm). From then on a reading is one page-sized read of each PHP
// thread's heap, its resident size, and what the kernel says of its threads:
// some ten system calls. When the process executes another program, the heap's
// first word is no longer the heap's own address, and everything is found anew.
package watch
