#!/bin/sh
# Compiles the harness, and the stand-in that starts Apache Kafka itself, into CLASSES, by default classes/. Connect's
# tests compile plugins out of a folder of resources: it is taken out of its jar, where it is no folder.
cd "$(dirname "$0")" && mkdir -p "${CLASSES:=classes}" && lib=$(cd "${LIB:-lib}" && pwd) &&
(cd "$CLASSES" && jar xf "$lib"/connect-runtime-*-test.jar test-plugins) &&
exec javac -nowarn -proc:none -d "$CLASSES" -cp "$lib/*" $(find src -name '*.java') reference/StandIn.java
