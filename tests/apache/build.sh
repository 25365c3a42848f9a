#!/bin/sh
# Compiles the harness, and the stand-in that starts Apache Kafka itself, into CLASSES, by default classes/.
cd "$(dirname "$0")" && mkdir -p "${CLASSES:=classes}" &&
exec javac -nowarn -proc:none -d "$CLASSES" -cp "${LIB:-lib}/*" $(find src -name '*.java') reference/StandIn.java
