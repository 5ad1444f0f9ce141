// One of the two processes of the bare path: `worker` or `orchestration`. Started by measure-bare-path.ts.
import { Client } from 'pg';

interface Role {
  readonly channel: string;
  round(client: Client): Promise<unknown>;
}

const CLAIM = `with d as (
    delete from bare_path.to_worker where id in (select id from bare_path.to_worker order by id limit 100 for update skip locked)
    returning task, no)
  update bare_path.steps s set state = 1, at = now() from d where s.task = d.task and s.no = d.no returning s.task, s.no`;

const REPORT = `with r as (select * from unnest($1::integer[], $2::integer[]) as r (task, no)),
  u as (update bare_path.steps s set state = 2, result = '{"n": 36}' from r
    where s.task = r.task and s.no = r.no returning s.task, s.no),
  i as (insert into bare_path.to_orchestration (task, no) select task, no from u)
  select pg_notify('bare_orchestration', '')`;

const ADVANCE = `with d as (
    delete from bare_path.to_orchestration
    where id in (select id from bare_path.to_orchestration order by id limit 500 for update skip locked)
    returning task, no),
  u as (update bare_path.steps s set state = 3 from d where s.task = d.task and s.no = d.no returning s.task, s.no),
  n as (update bare_path.steps s set state = 0 from u where s.task = u.task and s.no = u.no + 1 returning s.task, s.no),
  t as (update bare_path.tasks t set done = done + 1 from u where t.task = u.task),
  q as (insert into bare_path.to_worker (task, no) select task, no from n)
  select pg_notify('bare_worker', '') where exists (select from u)`;

const ROLES: Readonly<Record<string, Role>> = {
  worker: {
    channel: 'bare_worker',
    async round(client) {
      const { rows } = await client.query<{ task: number; no: number }>({ name: 'claim', text: CLAIM });
      if (rows.length === 0) return;
      const values = [rows.map((row) => row.task), rows.map((row) => row.no)];
      await client.query({ name: 'report', text: REPORT, values });
    },
  },
  orchestration: {
    channel: 'bare_orchestration',
    round: (client) => client.query({ name: 'advance', text: ADVANCE }),
  },
};

async function run(role: Role, connectionString: string): Promise<void> {
  const [listener, client] = [new Client({ connectionString }), new Client({ connectionString })];
  await Promise.all([listener.connect(), client.connect()]);
  let running = false;
  let again = false;
  const wake = async () => {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      await role.round(client);
    }
    running = false;
  };
  listener.on('notification', () => void wake());
  await listener.query(`listen ${role.channel}`);
  process.send?.('ready');
}

const [name = '', url = ''] = process.argv.slice(2);
const role = ROLES[name];
if (role === undefined) throw new Error(`there is no role ${name}`);
void run(role, url);
