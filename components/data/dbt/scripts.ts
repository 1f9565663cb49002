import { paths } from "./config";

/**
 * Builds and tests the project, documents it, and publishes what came of it, also of a run that failed: that is when
 * somebody looks. There is no way to dbt's package hub, so packages are vendored in \`dbt_packages\`.
 */
export const runScript = `
start=$(date +%s) code=0
dbt=(/opt/dbt/bin/dbt --no-use-colors --log-format json --no-send-anonymous-usage-stats)
cd "$DBT_PROJECT_DIR"
"\${dbt[@]}" build --profile datalyptica --target "$TARGET" --target-path ${paths.work}/run || code=$?
"\${dbt[@]}" docs generate --static --profile datalyptica --target "$TARGET" --target-path ${paths.work}/docs || code=$((code > 0 ? code : $?))
${paths.python} ${paths.scripts}/publish.py ${paths.work}/run ${paths.work}/docs "$code" $(($(date +%s) - start))
exit "$code"
`.trim();
