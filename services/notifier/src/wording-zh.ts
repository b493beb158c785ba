import type { Telling } from './content.ts';
import type { Wording, Words } from './wording.ts';

export const chinese: Words = { greeting: (name) => (name ? `${name}，您好：` : '您好：'), wording };

function wording({ template, parameters }: Telling, formatTime: (time: string) => string): Wording {
  const company = parameters.companyName;
  switch (template) {
    case 'application-approved':
      return {
        subject: `${company} 的 WebSocket 已开通`,
        paragraphs: [
          `${company} 的 WebSocket 开通申请已通过。`,
          '现在可以为每个域名启用 WebSocket，数秒内在所有边缘节点生效。启用前请关闭该域名的 HTTP/2。',
          `申请编号 ${parameters.applicationId}`,
        ],
        sms: [
          `${company} 的 WebSocket 已开通，现在可以为域名启用。`,
          `${company} 的 WebSocket 已开通。`,
          'WebSocket 已开通，现在可以为域名启用。',
        ],
      };
    case 'application-rejected':
      return {
        subject: `${company} 的 WebSocket 未能开通`,
        paragraphs: [
          `${company} 的 WebSocket 开通申请未通过。审核意见：`,
          parameters.reason,
          ...(parameters.mend?.length ? [`需要补正：\n${parameters.mend.map((item) => `- ${item}`).join('\n')}`] : []),
          '补正后可以再次申请。您的域名没有其他变化。',
          `申请编号 ${parameters.applicationId}`,
        ],
        sms: [
          `${company} 的 WebSocket 开通申请未通过：${parameters.reason}`,
          `${company} 的 WebSocket 开通申请未通过，原因见邮件。`,
          'WebSocket 开通申请未通过，原因见邮件。',
        ],
      };
    case 'application-reminder':
      return reminder(company, parameters, formatTime(parameters.dueTime));
    case 'entitlement-suspended':
      return {
        subject: `${company} 的 WebSocket 已暂停`,
        paragraphs: [
          `${company} 所有域名的 WebSocket 已暂停。原因：`,
          parameters.reason,
          '已有连接会被关闭，新连接会被拒绝，直至恢复。您的配置会保留。',
        ],
        sms: [
          `${company} 的 WebSocket 已暂停：${parameters.reason}`,
          `${company} 的 WebSocket 已暂停，原因见邮件。`,
          '您的域名的 WebSocket 已暂停，原因见邮件。',
        ],
      };
    case 'entitlement-reinstated':
      return {
        subject: `${company} 的 WebSocket 已恢复`,
        paragraphs: [`${company} 所有域名的 WebSocket 已恢复，配置与暂停前相同。`],
        sms: [`${company} 的 WebSocket 已恢复。`, '您的域名的 WebSocket 已恢复。'],
      };
    case 'verification-code':
      return {
        subject: `${parameters.code} 是您的 Longwire 验证码`,
        paragraphs: [
          `${company} 的联系方式验证码是：`,
          parameters.code,
          `${parameters.minutes} 分钟内有效。请在控制台填写，不要告诉任何人：我们不会向您索要验证码。`,
          '如果不是您本人操作，请忽略本邮件。',
        ],
        sms: [`您的 Longwire 验证码是 ${parameters.code}，${parameters.minutes} 分钟内有效，请勿告诉他人。`],
      };
    case 'webhook-disabled':
      return {
        subject: `${company} 的一个 Webhook 已停用`,
        paragraphs: [
          `发往 ${parameters.host} 的 Webhook 已停用（${parameters.reason}）。在控制台重新启用之前，不再发送通知。`,
          '最近的发送记录和结果见控制台。',
        ],
        sms: [`${company} 的一个 Webhook 已停用。`, '您的一个 Webhook 已停用，详情见邮件。'],
      };
    default:
      return template satisfies never;
  }
}

function reminder(
  company: string,
  { applicationId, kind }: { applicationId: string; kind: 'half_time' | 'overdue' },
  due: string,
): Wording {
  const says = kind === 'overdue' ? `已超过答复时限 ${due}` : `待审核，应于 ${due} 前答复`;
  return {
    subject: kind === 'overdue' ? `已超时：${company} 的开通申请` : `待审核：${company} 的开通申请`,
    paragraphs: [`${company} 的 WebSocket 开通申请${says}。`, `申请编号 ${applicationId}`],
    sms: [`${company} 的开通申请${says}。`, `有一份开通申请${says}。`],
  };
}
