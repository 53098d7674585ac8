// A program that holds PHP in itself, thread-safe, and runs a script in each of three threads.
#include <pthread.h>
#include <unistd.h>
#include <sapi/embed/php_embed.h>
static void *run(void *a){
  ts_resource(0);
  ZEND_TSRMLS_CACHE_UPDATE();
  if (php_request_startup()==FAILURE) return 0;
  zend_file_handle f; zend_stream_init_filename(&f,(char*)a);
  zend_first_try { php_execute_script(&f); } zend_end_try();
  return 0;
}
ZEND_TSRMLS_CACHE_DEFINE();
int main(int c,char**v){ pthread_t t[3]; php_embed_init(c,v); ZEND_TSRMLS_CACHE_UPDATE();
  for(int i=0;i<3;i++){ pthread_create(&t[i],0,run,v[1+i]); usleep(200000);} sleep(200); return 0; }
