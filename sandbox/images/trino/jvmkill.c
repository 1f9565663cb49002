/* Stands for airlift's jvmkill, which the official image carries and no package registry has: a JVM TI agent that ends the process
   when the JVM runs out of heap or threads. Not by SIGKILL: in a container the JVM is process 1, which cannot kill itself. */
#include <jvmti.h>
#include <stdio.h>
#include <unistd.h>

static void JNICALL exhausted(jvmtiEnv *env, JNIEnv *jni, jint flags, const void *reserved, const char *description) {
  fprintf(stderr, "ResourceExhausted: %s: ending the process\n", description);
  _exit(137);
}

JNIEXPORT jint JNICALL Agent_OnLoad(JavaVM *vm, char *options, void *reserved) {
  jvmtiEnv *env;
  jvmtiEventCallbacks callbacks = {.ResourceExhausted = exhausted};
  if ((*vm)->GetEnv(vm, (void **)&env, JVMTI_VERSION) != JNI_OK) return JNI_ERR;
  if ((*env)->SetEventCallbacks(env, &callbacks, sizeof callbacks) != JVMTI_ERROR_NONE) return JNI_ERR;
  return (*env)->SetEventNotificationMode(env, JVMTI_ENABLE, JVMTI_EVENT_RESOURCE_EXHAUSTED, NULL) ? JNI_ERR : JNI_OK;
}
