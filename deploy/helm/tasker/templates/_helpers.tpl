{{/* Labels that every object has. */}}
{{- define "tasker.labels" -}}
app.kubernetes.io/part-of: tasker
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* One of the images: (dict "root" $ "name" "tasker-orchestration") */}}
{{- define "tasker.image" -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end }}{{ .name }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "tasker.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "tasker.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "tasker.databaseUrl" -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.database.secretName }}
      key: {{ .Values.database.urlKey }}
{{- end }}

{{/* Variables of orchestration and workers: (dict "root" $ "mode" "Hybrid") */}}
{{- define "tasker.env" -}}
- name: TASKER_ENV
  value: {{ .root.Values.environment }}
- name: TASKER_DEPLOYMENT_MODE
  value: {{ .mode }}
{{ include "tasker.databaseUrl" .root }}
{{- with .root.Values.database.listenUrlKey }}
- name: DATABASE_LISTEN_URL
  valueFrom:
    secretKeyRef:
      name: {{ $.root.Values.database.secretName }}
      key: {{ . }}
{{- end }}
- name: TASKER_MESSAGING_BACKEND
  value: {{ .root.Values.messaging.backend }}
{{- if eq .root.Values.messaging.backend "rabbitmq" }}
- name: RABBITMQ_URL
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.messaging.secretName }}
      key: {{ .root.Values.messaging.urlKey }}
{{- end }}
- name: LOG_LEVEL
  value: {{ .root.Values.logLevel }}
{{- range $name, $value := .root.Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* Probes: (dict "root" $ "grpcPort" 9190 "healthService" "tasker.v1.HealthService") */}}
{{- define "tasker.probes" -}}
{{- $grpc := eq .root.Values.probes "grpc" -}}
# The process alone, by HTTP always: gRPC tells whether it is ready, and a restart mends no database.
livenessProbe:
  httpGet:
    path: /health/live
    port: http
  initialDelaySeconds: 10
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  {{- if $grpc }}
  grpc:
    port: {{ .grpcPort }}
    service: {{ .healthService }}
  {{- else }}
  httpGet:
    path: /health/ready
    port: http
  {{- end }}
  initialDelaySeconds: 5
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{/* Spread over zones and nodes: (dict "labels" (dict …)) */}}
{{- define "tasker.spread" -}}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- toYaml $.labels | nindent 6 }}
{{- end }}
{{- end }}

{{/* A Deployment: (dict "root" $ "name" … "app" … "labels" (dict …) "container" … "image" … "mode" … "ports" (dict "http" … "grpc" …) "healthService" … "replicas" … "maxSurge" … "scaled" bool "env" (list …) "resources" …) */}}
{{- define "tasker.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  labels:
    {{- include "tasker.labels" .root | nindent 4 }}
    {{- toYaml .labels | nindent 4 }}
spec:
  {{- if not .scaled }}
  replicas: {{ .replicas }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: {{ .maxSurge | default 1 }}
      maxUnavailable: 0
  selector:
    matchLabels: {{- toYaml .labels | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "tasker.labels" .root | nindent 8 }}
        {{- toYaml .labels | nindent 8 }}
      {{- if .root.Values.metrics.annotations }}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: {{ .ports.http | quote }}
        prometheus.io/path: "/metrics"
      {{- end }}
    spec:
      serviceAccountName: {{ .root.Release.Name }}
      automountServiceAccountToken: false
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
      securityContext: {{- include "tasker.podSecurity" . | nindent 8 }}
      topologySpreadConstraints: {{- include "tasker.spread" (dict "labels" (dict "app" .app)) | nindent 8 }}
      containers:
        - name: {{ .container }}
          image: {{ .image }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          env:
            {{- include "tasker.env" . | nindent 12 }}
            {{- range .env }}
            - name: {{ .name }}
              value: {{ .value | quote }}
            {{- end }}
          ports:
            - name: http
              containerPort: {{ .ports.http }}
              protocol: TCP
            - name: grpc
              containerPort: {{ .ports.grpc }}
              protocol: TCP
          lifecycle:
            preStop:
              exec:
                command: [sleep, "5"]
          securityContext: {{- include "tasker.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
          {{- with .resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- include "tasker.probes" (dict "root" .root "grpcPort" .ports.grpc "healthService" .healthService) | nindent 10 }}
      volumes:
        - name: tmp
          emptyDir: {}
{{- end }}

{{/* An autoscaler: (dict "root" $ "name" … "scaling" …) */}}
{{- define "tasker.autoscaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .name }}
  labels: {{- include "tasker.labels" .root | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .name }}
  minReplicas: {{ .scaling.minReplicas }}
  maxReplicas: {{ .scaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .scaling.cpuPercent }}
    {{- with .scaling.memoryPercent }}
    - type: Resource
      resource:
        name: memory
        target:
          type: Utilization
          averageUtilization: {{ . }}
    {{- end }}
    {{- with .scaling.tasksActive }}
    - type: Pods
      pods:
        metric:
          name: tasker_tasks_active
        target:
          type: AverageValue
          averageValue: {{ . | quote }}
    {{- end }}
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 300
      policies:
        - type: Percent
          value: 50
          periodSeconds: 60
    scaleUp:
      stabilizationWindowSeconds: 60
      policies:
        - type: Percent
          value: 100
          periodSeconds: 30
{{- end }}
