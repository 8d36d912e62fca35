// Made by tools/generate-types from the types of the daemon. Change those, not this.

export interface Success<T> { success: true; data: T }

export interface AgentDetail { id: string; name: string; installed: boolean; version: string | null; binary_path: string | null; profile_count: number; default_model: string | null; default_provider: string | null; supports_hooks: boolean; last_used: string | null; supported_models: (string)[]; compatible_providers: (string)[]; profile_home: string; install_hint: string; reason: string; source: string; stale: boolean; version_checked: string | null; places: (AgentPlace)[]; supports_mcp: boolean; script: string; script_source: string }
export interface AgentDetected { id: string; name: string; version: string | null; binary_path: string | null }
export interface AgentInfo { id: string; name: string; installed: boolean; version: string | null; binary_path: string | null; profile_count: number; default_model: string | null; default_provider: string | null; supports_hooks: boolean; last_used: string | null; supported_models: (string)[]; compatible_providers: (string)[]; profile_home: string; install_hint: string; reason: string; source: string; stale: boolean; version_checked: string | null }
export interface AgentInstalled { id: string; version: string; path: string; fresh: boolean }
export interface AgentPlace { path: string; verdict: string }
export interface AgentRemoved { id: string; name: string; version: string | null; binary_path: string | null }
export interface AgentStats { sessions: number; runtime_secs: number; profiles: number; cpu_seconds: number; peak_memory_bytes: number }
export interface AgentUpdated { id: string; old_version: string | null; new_version: string | null; old_path: string | null; binary_path: string | null }
export interface AgentUsage { agent: string; tokens: TokenUsage; cost: CostBreakdown | null; sessions: number; runtime_secs: number }
export interface AliasInfo { alias: string; path: string }
export interface BudgetInfo { scope: string; period: string; tz: string; limit_usd: number | null; limit_tokens: number | null; warn: number; action: string; level: string; percent: number; spent_usd: number; spent_tokens: number; began: string; resets: string; unpriced_models: (string)[] }
export interface BudgetReached { scope: string; period: string; tz: string; limit_usd: number | null; limit_tokens: number | null; warn: number; action: string; level: string; percent: number; spent_usd: number; spent_tokens: number; began: string; resets: string; unpriced_models: (string)[]; runs: (string)[] }
export interface BudgetWarning { scope: string; period: string; tz: string; limit_usd: number | null; limit_tokens: number | null; warn: number; action: string; level: string; percent: number; spent_usd: number; spent_tokens: number; began: string; resets: string; unpriced_models: (string)[] }
export interface Commit { hash: string; message: string; author: string; date: string }
export interface Completions { completions: (FolderEntry)[] }
export interface CostBreakdown { input_cost: number; output_cost: number; cache_creation_cost: number; cache_read_cost: number; total_cost: number }
export interface DaemonInfo { status: string; pid: number; version: string; protocol: number; uptime_secs: number; endpoint: string; events_endpoint: string; http_endpoint: string; config_dir: string; log_file: string; profiles_count: number; active_runs: number; idle_timeout_secs: number; stay_alive: boolean; options: (string)[]; secret_store: string; problems: (string)[] }
export interface DaemonShuttingDown { reason: string }
export interface DaemonStarted { version: string; pid: number }
export interface DateUsage { date: string; tokens: TokenUsage; cost: CostBreakdown | null; sessions: number }
export interface DoctorFinding { area: string; level: string; message: string; hint: string; fixable: boolean; fixed: boolean }
export interface DoctorReport { findings: (DoctorFinding)[]; errors: number; warnings: number; fixed: number }
export interface EndpointInfo { id: string; url: string; is_default: boolean }
export interface Event { type: string; timestamp: string; data: Record<string, unknown>; seq: number }
export interface EventsMissed { after: number; next: number }
export interface Failure { code: number; message: string; hint: string }
export interface FileDiff { path: string; diff: string }
export interface Folder { path: string; parent: string | null; entries: (FolderEntry)[] }
export interface FolderEntry { name: string; path: string; is_dir: boolean }
export interface ImportResult { message: string; files: number; calls: number }
export interface Liveness { status: string; version: string }
export interface Message { message: string }
export interface ModelPrice { model: string; entry: string; since: string; source: string; rates: (Rates)[]; speeds: Record<string, (Rates)[]>; fast: number; regions: Record<string, number>; web_search: number; version: number; last_listed: string | null }
export interface ModelStats { sessions: number; runtime_secs: number }
export interface ModelUsage { model: string; tokens: TokenUsage; cost: CostBreakdown | null; sessions: number }
export interface Pong {  }
export interface Prices { prices: (ModelPrice)[]; unpriced: (string)[] }
export interface ProfileChanged { alias: string; changes: (string)[]; notes: (string)[] }
export interface ProfileCreated { alias: string; agent_id: string; provider_id: string; model: string }
export interface ProfileDeleted { alias: string }
export interface ProfileDetail { alias: string; agent_id: string; provider_id: string; endpoint_id: string; model: string; last_used: string | null; total_runs: number; endpoint_url: string; home: string; created_at: string; api_key: string; args: (string)[]; env: Record<string, string>; working_dir: string | null; alias_path: string | null; active_runs: number; hooks: (string)[]; mcp_servers: (string)[]; bare: boolean; agent_rights: "full" | "read" | "self"; home_was_there: boolean }
export interface ProfileInfo { alias: string; agent_id: string; provider_id: string; endpoint_id: string; model: string; last_used: string | null; total_runs: number }
export interface ProfilePlan { alias: string; agent_id: string; provider_id: string; endpoint_id: string; model: string; home: string; binary: string; args: (string)[]; working_dir: string; agent_rights: "full" | "read" | "self"; env: Record<string, string>; secret_env: (string)[]; files: (FileDiff)[]; warnings: (string)[] }
export interface ProfileStarted { alias: string; pid: number; run_id: string }
export interface ProfileStats { sessions: number; runtime_secs: number; last_used: string | null }
export interface ProfileStopped { alias: string; run_id: string; exit_code: number | null; runtime_secs: number; outcome: string }
export interface ProfileUpdated { alias: string; changes: (string)[]; previous_alias: string | null }
export interface ProfileUsage { profile: string; provider_id: string; tokens: TokenUsage; cost: CostBreakdown | null; sessions: number; runtime_secs: number; last_used: string | null; billing: string; billed_cost: number | null }
export interface ProviderInfo { id: string; name: string; provider_type: string; default_model: string | null; endpoints: (EndpointInfo)[]; default_endpoint: string; auth_required: boolean; auth_prompt: string; auth_env_key: string; models: (string)[]; apis: (string)[]; source: string }
export interface ProviderStats { sessions: number; runtime_secs: number }
export interface Rates { above: number; input: number; output: number; cache_read: number; cache_write_5m: number; cache_write_1h: number; reasoning: number }
export interface Refusal { success: boolean; error: Failure }
export interface Refused { code: number; message: string; hint: string }
export interface Report { period: string; tz: string; by: (string)[]; rows: (UsageRow)[]; total: UsageRow; unpriced_models: (string)[]; partial: boolean }
export interface Repository { is_repo: boolean; root: string | null; branch: string | null; dirty: boolean | null; remote_url: string | null; commits: (Commit)[] }
export interface RunInfo { run_id: string; profile: string; agent_id: string; provider_id: string; model: string; cwd: string; started_at: string; pid: number | null; ended_at: string | null; exit_code: number | null; duration_secs: number | null; peak_memory_bytes: number | null; cpu_seconds: number | null; outcome: string }
export interface RunStats { by_agent: Record<string, AgentStats>; by_provider: Record<string, ProviderStats>; by_profile: Record<string, ProfileStats>; by_model: Record<string, ModelStats>; total_sessions: number; total_runtime_secs: number }
export interface ScriptFile { path: string }
export interface ScriptInfo { name: string; origin: string; path: string | null; agents: (string)[] }
export interface ScriptRemark { line: number; column: number; message: string }
export interface ScriptText { name: string; origin: string; path: string | null; agents: (string)[]; text: string }
export interface ScriptTrial { script: string; source: string; agent_id: string; provider_id: string; files: Record<string, string>; env: Record<string, string>; args: (string)[]; printed: (string)[]; remarks: (ScriptRemark)[]; milliseconds: number }
export interface SecretInfo { name: string; store: string; used_by: (string)[] }
export interface SecretsInfo { store: string; setting: string; reason: string; advice: string; locked: boolean; count: number; file: string; opens_with: string }
export interface SettingInfo { key: string; value: unknown; default: unknown; is_set: boolean; takes: string; meaning: string; from_start: boolean }
export interface StartedProcess { pid: number }
export interface Subscribed { events: (string)[] | null; not_yet: (string)[]; code: number | null }
export interface TaskInfo { name: string; description: string; command: string }
export interface Token { token: string }
export interface TokenUsage { input_tokens: number; output_tokens: number; cache_creation_input_tokens: number; cache_read_input_tokens: number }
export interface Tokens { input: number; output: number; cache_read: number; cache_write_5m: number; cache_write_1h: number; reasoning: number; web_searches: number }
export interface UsageAggregates { total_tokens: TokenUsage; total_cost: CostBreakdown | null; by_date: Record<string, DateUsage>; by_model: Record<string, ModelUsage>; by_profile: Record<string, ProfileUsage>; by_agent: Record<string, AgentUsage> }
export interface UsageDifference { session: string; time: number; model: string; in_ledger: Tokens | null; in_files: Tokens }
export interface UsageFindings { files: number; in_files: number; in_ledger: number; kept: number; not_compared: number; totals_only: (string)[]; different: number; unreadable: number; sums_agree: boolean; differences: (UsageDifference)[] }
export interface UsageImported { source: string; records_imported: number; home: string; agents: (string)[]; files: number; calls: number }
export interface UsageMerged { records: number; new: number }
export interface UsageRecord { key: string; machine: string; seq: number; time: number; tokens: Tokens; source: string; agent: string; model: string; session: string; project: string; branch: string; profile: string; provider: string; account: string; run: string; sub_agent: boolean; tier: string; geo: string; reported: number | null; cost: number | null }
export interface UsageRecords { records: (UsageRecord)[]; next: string | null }
export interface UsageRow { group: Record<string, string>; calls: number; sessions: number; input_tokens: number; output_tokens: number; cache_read_tokens: number; cache_write_5m_tokens: number; cache_write_1h_tokens: number; reasoning_tokens: number; total_tokens: number; web_searches: number; cost: number | null; billed_cost: number | null; unpriced_calls: number; first_used: string | null; last_used: string | null }
export interface UsageStats { period: string; aggregates: UsageAggregates; total_tokens: TokenUsage; total_cost: CostBreakdown | null; total_sessions: number; total_runtime_secs: number; billed_cost: number | null; unpriced_models: (string)[]; partial: boolean }
export interface UsageUpdated { agent: string; profile: string | null; alias: string | null; calls: number; tokens: Record<string, number>; cost: Record<string, number> | null }

// By the type of an event: its data.
export interface Events {
  DaemonStarted: DaemonStarted;
  DaemonShuttingDown: DaemonShuttingDown;
  ProfileCreated: ProfileCreated;
  ProfileUpdated: ProfileUpdated;
  ProfileDeleted: ProfileDeleted;
  ProfileStarted: ProfileStarted;
  ProfileStopped: ProfileStopped;
  AgentDetected: AgentDetected;
  AgentUpdated: AgentUpdated;
  AgentRemoved: AgentRemoved;
  UsageUpdated: UsageUpdated;
  UsageImported: UsageImported;
  BudgetWarning: BudgetWarning;
  BudgetReached: BudgetReached;
  EventsMissed: EventsMissed;
  Subscribed: Subscribed;
  Pong: Pong;
  Refused: Refused;
}

// By method and path below /api.
export interface Operations {
  "GET /ping": { data: Liveness };
  "GET /daemon/status": { data: DaemonInfo };
  "GET /doctor": { data: DoctorReport };
  "POST /doctor/fix": { data: DoctorReport };
  "POST /shutdown": { data: Message };
  "POST /session": { body: { code: string }; data: Token };
  "GET /agents": { data: (AgentInfo)[] };
  "POST /agents/refresh": { data: (AgentInfo)[] };
  "GET /agents/{id}": { path: { id: string }; data: AgentDetail };
  "POST /agents/{id}/install": { path: { id: string }; body: { version?: string | null }; data: AgentInstalled };
  "DELETE /agents/{id}/install": { path: { id: string }; data: Message };
  "GET /providers": { data: (ProviderInfo)[] };
  "GET /providers/{id}": { path: { id: string }; data: ProviderInfo };
  "GET /profiles": { query: { agent?: string | null }; data: (ProfileInfo)[] };
  "POST /profiles": { body: { agent_id: string; alias: string; provider_id: string; endpoint_id?: string | null; model?: string | null; api_key?: string; hooks?: (string)[]; mcp_servers?: (string)[]; args?: (string)[]; working_dir?: string | null; bare?: boolean; agent_rights?: "full" | "read" | "self" | null; no_alias?: boolean; force_model?: boolean; reuse_key_of?: string | null }; data: Message };
  "POST /profiles/preview": { body: { agent_id: string; alias: string; provider_id: string; endpoint_id?: string | null; model?: string | null; api_key?: string; hooks?: (string)[]; mcp_servers?: (string)[]; args?: (string)[]; working_dir?: string | null; bare?: boolean; agent_rights?: "full" | "read" | "self" | null; no_alias?: boolean; force_model?: boolean; reuse_key_of?: string | null }; data: ProfilePlan };
  "GET /profiles/{alias}": { path: { alias: string }; data: ProfileDetail };
  "PATCH /profiles/{alias}": { path: { alias: string }; body: { provider_id?: string; endpoint_id?: string | null; model?: string | null; args?: (string)[]; working_dir?: string | null; hooks?: (string)[]; mcp_servers?: (string)[]; bare?: boolean; agent_rights?: "full" | "read" | "self" | null; api_key?: string; force_model?: boolean }; data: ProfileChanged };
  "PUT /profiles/{alias}/key": { path: { alias: string }; body: { api_key: string }; data: Message };
  "POST /profiles/{alias}/rename": { path: { alias: string }; body: { new_alias: string }; data: ProfileChanged };
  "POST /profiles/{alias}/clone": { path: { alias: string }; body: { new_alias: string; api_key?: string; reuse_key?: boolean; no_alias?: boolean }; data: Message };
  "GET /profiles/{alias}/plan": { path: { alias: string }; data: ProfilePlan };
  "GET /profiles/{alias}/tasks": { path: { alias: string }; data: (TaskInfo)[] };
  "DELETE /profiles/{alias}": { path: { alias: string }; query: { purge?: boolean; confirm_home?: string }; data: Message };
  "GET /profiles/{alias}/env": { path: { alias: string }; data: Record<string, string> };
  "POST /profiles/{alias}/run": { path: { alias: string }; body: { args?: (string)[]; cwd?: string | null }; data: StartedProcess };
  "GET /runs": { query: { limit?: number }; data: (RunInfo)[] };
  "POST /runs/{run_id}/pause": { path: { run_id: string }; data: Message };
  "POST /runs/{run_id}/resume": { path: { run_id: string }; data: Message };
  "DELETE /runs/{run_id}": { path: { run_id: string }; data: Message };
  "GET /aliases": { data: (AliasInfo)[] };
  "PUT /aliases/{alias}": { path: { alias: string }; data: Message };
  "DELETE /aliases/{alias}": { path: { alias: string }; data: Message };
  "GET /secrets": { data: (SecretInfo)[] };
  "GET /secrets/status": { data: SecretsInfo };
  "GET /settings": { data: (SettingInfo)[] };
  "GET /scripts": { data: (ScriptInfo)[] };
  "GET /scripts/{name}": { path: { name: string }; data: ScriptText };
  "POST /scripts/{name}/test": { path: { name: string }; body: { text?: string | null; agent_id?: string | null; provider_id?: string | null; endpoint_id?: string | null; model?: string | null; alias?: string; hooks?: (string)[]; mcp_servers?: (string)[]; bare?: boolean; proxy_url?: string | null }; data: ScriptTrial };
  "POST /scripts/{name}/copy": { path: { name: string }; data: ScriptFile };
  "GET /usage": { query: { period?: string | Record<string, Record<string, string>> | null; profile?: string | null; model?: string | null; agent?: string | null; provider?: string | null; account?: string | null; tz?: string }; data: UsageStats };
  "GET /usage/report": { query: { period?: string | null; profile?: string | null; model?: string | null; agent?: string | null; provider?: string | null; account?: string | null; tz?: string; by?: (string)[] | string; since?: string | null; until?: string | null; project?: string | null; branch?: string | null; session?: string | null }; data: Report };
  "GET /usage/prices": { query: { models?: (string)[] | string; day?: string | null }; data: Prices };
  "POST /usage/import-claude": { body: { claude_dir?: string | null }; data: Message };
  "POST /usage/import": { body: { home?: string | null; agent_id?: string | null; profile?: string }; data: ImportResult };
  "GET /usage/export": { query: { period?: string | null; since?: string | null; until?: string | null; tz?: string; after?: string; limit?: number }; data: UsageRecords };
  "POST /usage/merge": { body: { records: (UsageRecord)[] }; data: UsageMerged };
  "POST /usage/verify": { data: UsageFindings };
  "GET /stats": { query: { agent?: string | null; provider?: string | null }; data: RunStats };
  "GET /budgets": { data: (BudgetInfo)[] };
  "PUT /budgets/{scope}/{period}": { path: { scope: string; period: "daily" | "monthly" | "weekly" }; body: { usd?: number | null; tokens?: number | null; warn?: number; action?: "pause" | "stop" | "warn"; tz?: string }; data: BudgetInfo };
  "DELETE /budgets/{scope}": { path: { scope: string }; data: Message };
  "DELETE /budgets/{scope}/{period}": { path: { scope: string; period: "daily" | "monthly" | "weekly" | null }; data: Message };
  "GET /fs/list": { query: { path?: string | null }; data: Folder };
  "GET /fs/complete": { query: { prefix: string }; data: Completions };
  "GET /git/info": { query: { path: string }; data: Repository };
}
