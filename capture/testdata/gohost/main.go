// Gohost is a Go program that holds thread-safe PHP in itself, as FrankenPHP
// does: each script given runs as a worker in a thread of its own, beside Go's
// heap, of which 64 MiB are in use.
package main

/*
#cgo LDFLAGS: -lphp -lpthread
#include <stdlib.h>
#include <sapi/embed/php_embed.h>

ZEND_TSRMLS_CACHE_DEFINE();

static void begin(void) { php_embed_init(0, 0); ZEND_TSRMLS_CACHE_UPDATE(); }

static void run(char *script) {
	ts_resource(0);
	ZEND_TSRMLS_CACHE_UPDATE();
	if (php_request_startup() == FAILURE) return;
	zend_file_handle f;
	zend_stream_init_filename(&f, script);
	zend_first_try { php_execute_script(&f); } zend_end_try();
	php_request_shutdown(0);
}
*/
import "C"

import (
	"os"
	"runtime"
	"time"
)

var kept []byte

func main() {
	runtime.LockOSThread()
	C.begin()
	kept = make([]byte, 64<<20)
	for i := range kept {
		kept[i] = byte(i)
	}
	for _, script := range os.Args[1:] {
		go func() {
			runtime.LockOSThread()
			C.run(C.CString(script))
		}()
		time.Sleep(200 * time.Millisecond)
	}
	time.Sleep(200 * time.Second)
	runtime.KeepAlive(kept)
}
