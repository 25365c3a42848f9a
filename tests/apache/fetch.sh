#!/bin/sh
# Copies the test jars and everything they need into LIB, by default lib/ (Maven, about 200 jars, 190 MB).
cd "$(dirname "$0")" && exec mvn -q -B dependency:copy-dependencies -DoutputDirectory="${LIB:-lib}"
