#!/bin/sh
# run.sh OUT CLASS[#METHOD]...   one virtual machine; appends to OUT.tests and OUT.classes
here=$(cd "$(dirname "$0")" && pwd)
: "${NODE_CMD:?set NODE_CMD: the command that runs a node in the foreground, with {config} in it}"
mkdir -p "$(dirname "${1:?run.sh OUT CLASS[#METHOD]...}")" &&
exec ${JAVA:-java} -Xmx${HEAP:-1500m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.util.concurrent=ALL-UNNAMED --add-opens=java.base/java.net=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/java.nio.file=ALL-UNNAMED --add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED --add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED \
  -Dlisted="$here/not-black-box.tsv" -Dlog4j2.configurationFile="$here/log4j2.properties" ${JAVA_FLAGS:-} \
  -cp "${CLASSES:-$here/classes}:${LIB:-$here/lib}/*" blackbox.Runner "$@"
